import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { htmlReport } from '../../replay/exports/index.js'
import { textOf } from '../../replay/test-support/exports.js'
import { EVIL_EVERYWHERE, EVIL_SESSION, inputOf } from '../../replay/test-support/report.js'
import { openBrowser, openPage } from '../support/browser.js'

let browser: Browser
let folder: string
beforeAll(async () => {
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), 'recorder-report-'))
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([1280, 390])(
  'a report with something evil in every text runs nothing and fits a page %i wide',
  async (width) => {
    const file = join(folder, 'report.html')
    const long = {
      type: 'ai_interaction',
      data: { role: 'user', content: 'W'.repeat(500), model: 'M'.repeat(99) },
    }
    await writeFile(file, await textOf(htmlReport(inputOf([...EVIL_EVERYWHERE, long], EVIL_SESSION))))
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, misdeeds, context } = await openPage(browser, 'file://', {
        viewport: { width, height: 900 },
        colorScheme,
      })
      await page.goto(pathToFileURL(file).href)
      const found = await page.evaluate(() => ({
        scripts: document.scripts.length,
        images: document.images.length,
        sections: document.querySelectorAll('main > section').length,
        widthPx: document.documentElement.scrollWidth,
        lastWords: (document.body.textContent ?? '').trim().slice(-50),
      }))
      expect(found).toMatchObject({ scripts: 0, images: 0, sections: 9, widthPx: width })
      expect(found.lastWords).toContain('a copy without it was cut off.')
      expect(misdeeds).toEqual([])
      await context.close()
    }
  },
)

test('a report prints on white, without its navigation', async () => {
  const file = join(folder, 'printed.html')
  await writeFile(file, await textOf(htmlReport(inputOf(EVIL_EVERYWHERE))))
  const { page, context } = await openPage(browser, 'file://', { colorScheme: 'dark' })
  await page.goto(pathToFileURL(file).href)
  await page.emulateMedia({ media: 'print' })
  const printed = await page.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector('h1') as Element).color,
    nav: getComputedStyle(document.querySelector('nav') as Element).display,
  }))
  expect(printed).toEqual({ ground: 'rgb(255, 255, 255)', ink: 'rgb(20, 24, 29)', nav: 'none' })
  await context.close()
})

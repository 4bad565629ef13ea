import type { Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.js'
import type { OpenOptions } from './editor-page.js'
import type { EditorSite, OpenedEditor } from './open-editor.js'
import { editsOf } from './told.js'

/** The file that a test begins with. */
export const PATH = 'src/app.js'

/** A page with the file open, the cursor at its end, and the keyboard's focus. */
export async function openWith(
  site: EditorSite,
  text: string,
  options: OpenOptions = {},
): Promise<OpenedEditor> {
  const opened = await site.open()
  await opened.page.evaluate(
    ([path, content, more]) => {
      editorPage.open(path, content, more)
      editorPage.select(editorPage.text().length)
      editorPage.focus()
    },
    [PATH, text, options] as const,
  )
  return opened
}

export async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** The browser carries out a paste some time after the keys. */
export async function paste(page: Page): Promise<void> {
  const count = (await editsOf(page)).length
  await press(page, 'Control+v')
  await waitFor('the paste', async () => (await editsOf(page)).length > count)
}

interface Place {
  x: number
  y: number
}

export async function drag(page: Page, from: Place, to: Place): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 5, from.y + 3, { steps: 3 })
  await page.mouse.move(to.x, to.y, { steps: 5 })
  await page.mouse.up()
}

export const textOf = (page: Page): Promise<string> => page.evaluate(() => editorPage.text())

export const select = (page: Page, anchor: number, head = anchor): Promise<void> =>
  page.evaluate(([from, to]) => editorPage.select(from, to), [anchor, head] as const)

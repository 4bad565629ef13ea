import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bringAxe, seriousFaults } from './support/accessibility.js'
import { openPage } from './support/browser.js'
import {
  EmbeddingProduct,
  isFault,
  momentOf,
  POLICY,
  pageOf,
  TAG,
  waitUntilReady,
} from './support/embedding-product.js'
import { type StaticHost, staticHost } from './support/static-host.js'
import { waitFor } from './support/wait-for.js'

let product: EmbeddingProduct
beforeAll(async () => {
  product = await EmbeddingProduct.start()
})
afterAll(() => product?.[Symbol.asyncDispose]())

describe('npm run export:player', () => {
  test('writes a folder, and says how to look at it', async () => {
    const { code, out, err } = await product.exportInterview()
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(product.folder)
    expect(out).toContain('python3 -m http.server')
    expect((await readdir(product.folder)).sort()).toEqual([
      'favicon.svg',
      'index.html',
      'page.css',
      'page.js',
      'player',
      'session',
    ])
    expect((await readdir(join(product.folder, 'session'))).sort()).toEqual([
      'chain.json.gz',
      'events.json.gz',
      'keyframes.json.gz',
      'metadata.json',
      'overview.json.gz',
      'snapshots.json.gz',
    ])
    const again = await product.exportInterview()
    expect(again.code).toBe(1)
    expect(again.err).toContain('is not empty')
  })

  test('refuses a session that goes on, and one that is not there', async () => {
    const { id } = await product.world.createSession(product.server, { question: 'Live' })
    const live = await product.exportPlayer(id, '--to', `${product.folder}-live`)
    expect(live).toMatchObject({ code: 1, out: '' })
    expect(live.err).toContain('still goes on')
    const missing = await product.exportPlayer(
      '00000000-0000-4000-8000-000000000000',
      '--to',
      `${product.folder}-live`,
    )
    expect(missing.err).toContain('SESSION_NOT_FOUND')
    expect((await readdir(join(product.folder, '..'))).sort()).toEqual(['interview'])
  })
})

test.each([true, false])(
  'the folder on a static host (byte ranges: %s) shows what the service has',
  async (takesRanges) => {
    await using host = await staticHost(product.folder, { takesRanges })
    const { page, context, misdeeds } = await openPage(product.browser, host.origin)
    await bringAxe(context)
    await page.goto(`${host.origin}/#t=5:00`)
    await waitUntilReady(page)
    expect(await momentOf(page)).toBe(300_000)
    for (const momentMs of [300_000, 60_000, 431_500, 10 * 60_000])
      await product.expectSeekAsState(page, momentMs)
    await waitFor('the moment in the address', () => new URL(page.url()).hash === '#t=10:00')
    expect(misdeeds.filter(isFault)).toEqual([])
    // What axe itself writes into the page is stopped by the policy.
    expect(await seriousFaults(page)).toEqual([])
    const ofEvents = host.asked.filter((each) => each.startsWith('GET /session/events.json.gz'))
    expect(ofEvents.length).toBeGreaterThan(0)
    expect(ofEvents.every((each) => each.includes('bytes='))).toBe(true)
    await context.close()
  },
)

describe('from an archive on another origin', () => {
  const open = async ({ origin }: StaticHost) => {
    product.embedding.pages['/archive'] = {
      text: pageOf(`<${TAG} archive-url="${origin}/session" at="5:00"></${TAG}>`),
      policy: `${POLICY}; connect-src ${origin}`,
    }
    const opened = await openPage(product.browser, product.embedding.origin)
    await opened.page.goto(`${product.embedding.origin}/archive`)
    const misdeeds = () =>
      opened.misdeeds.filter(isFault).filter((each) => !each.startsWith(`request: ${origin}/session/`))
    return { ...opened, misdeeds }
  }

  test.each([true, false])('that allows the page (byte ranges: %s)', async (takesRanges) => {
    await using host = await staticHost(product.folder, {
      takesRanges,
      allowsOrigin: product.embedding.origin,
    })
    const { page, context, misdeeds } = await open(host)
    await waitUntilReady(page)
    for (const momentMs of [300_000, 431_500]) await product.expectSeekAsState(page, momentMs)
    expect(host.asked.some((each) => each.includes('bytes='))).toBe(true)
    expect(misdeeds()).toEqual([])
    await context.close()
  })

  test('that does not allow it is told to the page and to the viewer, with what to do', async () => {
    await using host = await staticHost(product.folder, { allowsOrigin: 'https://elsewhere.example' })
    const { page, context } = await open(host)
    const alert = page.getByRole('alert')
    await alert.getByText('This session could not be opened').waitFor()
    expect(await alert.textContent()).toContain(
      `${host.origin} must allow pages of ${product.embedding.origin}`,
    )
    const told = page.locator(TAG).evaluate(
      (element) =>
        new Promise((resolve) => {
          element.addEventListener('error', (event) => resolve((event as CustomEvent).detail), { once: true })
        }),
    )
    await page.getByRole('button', { name: 'Try again' }).click()
    expect(await told).toMatchObject({ code: 'UNREACHABLE' })
    await context.close()
  })
})

describe('an archive that is not what it should be', () => {
  const open = async (host: StaticHost) => {
    host.pages['/page'] = {
      text: pageOf(`<${TAG} archive-url="/session" at="5:00"></${TAG}>`, {
        script: '/player/session-player.js',
        // Before the player, so that none of its words is missed.
        head: '<script type="module" src="/told.js"></script>',
      }),
      policy: `${POLICY}; connect-src 'self'`,
    }
    host.pages['/told.js'] = {
      type: 'text/javascript',
      text: `globalThis.told = []; document.querySelector('${TAG}').addEventListener('error', ({ detail }) => told.push(detail))`,
    }
    const { page, context } = await openPage(product.browser, host.origin)
    await page.goto(`${host.origin}/page`)
    const told = () =>
      page.evaluate(
        () => (globalThis as unknown as { told: { code: string | null; message: string }[] }).told,
      )
    return { page, context, told }
  }

  test('a page that is sent in its place is told as such', async () => {
    await using host = await staticHost(product.folder)
    host.pages['/session/overview.json.gz'] = { text: '<!doctype html><title>Not here</title>' }
    const { page, context, told } = await open(host)
    await page.getByRole('alert').getByText('something else than the gzip file').waitFor()
    expect(await told()).toMatchObject([{ code: null, message: expect.stringContaining('Content-Encoding') }])
    await context.close()
  })

  test('notes that can’t be read are told, and read when asked for again', async () => {
    const path = '/session/annotations.json'
    await using host = await staticHost(product.folder)
    host.pages[path] = { text: '<!doctype html><title>Not here</title>' }
    const { page, context, told } = await open(host)
    await page.locator('#tab-notes').click()
    await page.getByRole('alert').getByText('Notes from after the close could not be read').waitFor()
    const note = { id: '1', version: '1', kind: 'note', text: 'Look at this again', author: 'Pia' }
    const about = { atMs: product.startMs, targetSeq: null, value: null, retracted: false, source: null }
    host.pages[path] = {
      type: 'application/json',
      text: JSON.stringify({ formatVersion: 1, annotations: [{ ...note, ...about }] }),
    }
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Look at this again').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    // The recording itself was there all the time.
    expect(await told()).toEqual([])
    await context.close()
  })

  test('an overview that can’t be drawn leaves no blank place, and is told to the page', async () => {
    const broken = join(product.folder, '../broken')
    await cp(product.folder, broken, { recursive: true })
    const overview = join(broken, 'session/overview.json.gz')
    const [archived] = JSON.parse(gunzipSync(await readFile(overview)).toString('utf8'))
    archived.overview.marks = [null]
    await writeFile(overview, gzipSync(JSON.stringify([archived])))
    await using host = await staticHost(broken)
    const { page, context, told } = await open(host)
    await page.getByRole('alert').getByText('This session could not be opened').waitFor()
    await expect.poll(told).toMatchObject([{ code: null, message: expect.stringContaining('fault') }])
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await context.close()
  })
})

import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecorder } from '../client-sdk/src/recorder.js'
import { openPage } from './support/browser.js'
import { ROOT } from './support/documents.js'
import {
  EmbeddingProduct,
  isFault,
  momentOf,
  POLICY,
  pageOf,
  seek,
  TAG,
  waitUntilReady,
} from './support/embedding-product.js'
import { shownCode } from './support/player-page.js'
import { aRecordedSession } from './support/recorded-session.js'
import { staticHost } from './support/static-host.js'
import { waitFor } from './support/wait-for.js'

let product: EmbeddingProduct
beforeAll(async () => {
  product = await EmbeddingProduct.start()
  expect(await product.exportInterview()).toMatchObject({ code: 0, err: '' })
})
afterAll(() => product?.[Symbol.asyncDispose]())

test('two players on one page do not disturb each other, nor the page them or they the page', async () => {
  const player = (id: string, at: string) => `<${TAG} id="${id}" archive-url="/session" at="${at}"></${TAG}>`
  const own = '<button class="button" id="own">Own</button><p class="one-line" id="text">Text</p>'
  await using host = await staticHost(product.folder)
  host.pages['/two'] = {
    text: pageOf(own + player('a', '2:00') + player('b', '6:00'), {
      script: '/player/session-player.js',
      head: '<link rel="stylesheet" href="/own.css">',
    }),
    policy: `${POLICY}; connect-src 'self'`,
  }
  host.pages['/own.css'] = {
    type: 'text/css',
    text: '* { letter-spacing: 3px } button { background: red !important; padding: 30px } .pane { display: none }',
  }
  const { page, context, misdeeds } = await openPage(product.browser, host.origin, {
    viewport: { width: 700, height: 1400 },
  })
  await page.goto(`${host.origin}/two`)
  await Promise.all([waitUntilReady(page, '#a'), waitUntilReady(page, '#b')])
  const moments = async () => [await momentOf(page, '#a'), await momentOf(page, '#b')]
  await expect.poll(moments).toEqual([120_000, 360_000])

  // Keys go to whom has the focus, else to whom has the pointer, else to nobody.
  await page.locator('#a').getByRole('slider').focus()
  await page.keyboard.press('l')
  await page.keyboard.press('k')
  const [a = 0] = await moments()
  expect(await moments()).toEqual([a, 360_000])
  await seek(page, '2:00', '#a')
  await page.locator('#b').hover()
  await page.keyboard.press('j')
  await expect.poll(moments).toEqual([119_000, 360_000])
  await page.locator('#own').focus()
  await page.keyboard.press('j')
  await page.locator('#own').evaluate((own) => own.blur())
  await page.keyboard.press('j')
  await expect.poll(moments).toEqual([119_000, 359_000])
  await page.locator('#own').hover()
  await page.keyboard.press('j')
  await expect.poll(moments).toEqual([119_000, 359_000])

  // Each has its size from its own box: narrow in a page of 700 px.
  expect(await page.locator('#a .narrow-tabs').count()).toBe(1)
  // Nothing of the page's style in the player, nothing of the player's in the page.
  const styleOf = (selector: string, name: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name)
  expect(await styleOf('#a .transport-play', 'background-color')).not.toBe('rgb(255, 0, 0)')
  expect(await styleOf('#a .pane', 'display')).not.toBe('none')
  expect(await styleOf('#a .transport-time', 'letter-spacing')).toBe('normal')
  expect(await styleOf('#text', 'white-space-collapse')).toBe('collapse')
  expect(await styleOf('#text', 'text-overflow')).toBe('clip')
  expect(
    await page.evaluate(() => [document.styleSheets.length, document.adoptedStyleSheets.length]),
  ).toEqual([1, 0])

  // What is drawn follows the page's colours, and the attribute goes before them.
  const ground = (id: string) => styleOf(`#${id} .embedded`, 'background-color')
  const light = await ground('a')
  await page.evaluate(() => {
    document.documentElement.style.colorScheme = 'dark'
  })
  await expect.poll(() => ground('a')).not.toBe(light)
  await page.locator('#b').evaluate((b) => b.setAttribute('theme', 'light'))
  await expect.poll(() => ground('b')).toBe(light)
  await page.locator('#a').evaluate((element) => element.remove())
  await page.locator('#b').hover()
  await page.keyboard.press('j')
  await expect.poll(() => momentOf(page, '#b')).toBe(358_000)
  expect(misdeeds.filter(isFault)).toEqual([])
  await context.close()
})

test('the React component, as a bundler of somebody else packs it', async () => {
  const packed = join(product.folder, '../packed')
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    // Otherwise as for development, which a test looks like.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: {
      alias: [{ find: '@interviewlm/session-player/react', replacement: join(ROOT, 'dist/player/react.js') }],
    },
    build: {
      outDir: packed,
      minify: false,
      rolldownOptions: {
        input: join(ROOT, 'tests/embedding/review-page.tsx'),
        output: { entryFileNames: 'page.js' },
      },
    },
  })
  await cp(join(product.folder, 'session'), join(packed, 'session'), { recursive: true })
  await using host = await staticHost(packed)
  host.pages['/'] = {
    text: pageOf('<div id="root"></div>', { script: '/page.js' }),
    policy: `${POLICY}; connect-src 'self'`,
  }
  const { page, context, misdeeds } = await openPage(product.browser, host.origin)
  await page.goto(host.origin)
  await page.getByText('60 s').waitFor()
  await page.getByRole('button', { name: 'Minute five' }).click()
  await page.getByText('300 s').waitFor()
  await product.expectSeekAsState(page, 200_000)
  await page.getByText('200 s').waitFor()
  expect(await page.locator(TAG).evaluate((player) => player.getBoundingClientRect().height)).toBe(720)
  expect(misdeeds.filter(isFault)).toEqual([])
  await context.close()
})

test('what was taken out is told in the notes, from the archive alone and from the service', async () => {
  const session = await aRecordedSession(product.world, product.server, { question: { title: 'A key' } })
  const firstMs = Date.now() - 5000
  const code = { fileName: 'a.js', content: "const key = 'hunter22'\n" }
  const events = [
    { type: 'code_snapshot', timestamp: firstMs, fileId: 'a.js', data: code },
    {
      type: 'ai_interaction',
      timestamp: firstMs + 1000,
      data: { role: 'user', content: 'Is hunter22 good?' },
    },
    { type: 'ai_interaction', timestamp: firstMs + 2000, data: { role: 'assistant', content: 'No.' } },
  ]
  await session.send('tab', events, 'committed')
  await session.close()
  await session.archived()
  const { generation } = (await session.details()).archive
  const body = { text: 'hunter22', reason: 'A key of the company' }
  const path = `/v1/sessions/${session.id}/redactions`
  expect((await product.world.call(product.server, 'POST', path, { body })).status).toBe(201)
  await waitFor(
    'the new archive',
    async () => {
      const { archive } = await session.details()
      return archive.state === 'verified' && archive.generation > generation
    },
    60_000,
  )

  const expectTold = async (page: Page) => {
    await waitUntilReady(page)
    await seek(page, 1500)
    await page.getByText('Is ████████ good?').waitFor()
    await page.locator('#tab-notes', { hasText: '1' }).click()
    const redactions = page.getByRole('list', { name: 'Redactions' })
    await redactions.getByText('A key of the company').waitFor()
    expect(await redactions.textContent()).toContain('Text was taken out in 2 places, where █ stands')
  }
  const exported = join(product.folder, '../redacted')
  expect(await product.exportPlayer(session.id, '--to', exported)).toMatchObject({ code: 0, err: '' })
  await using host = await staticHost(exported)
  const fromArchive = await openPage(product.browser, host.origin)
  await fromArchive.page.goto(host.origin)
  await expectTold(fromArchive.page)
  expect(fromArchive.misdeeds.filter(isFault)).toEqual([])
  await fromArchive.context.close()

  const token = await product.world.token('proctor', session.id)
  product.embedding.pages['/redacted'] = {
    text: pageOf(`<${TAG} url="${product.server.url}" session-id="${session.id}" token="${token}"></${TAG}>`),
    policy: `${POLICY}; connect-src ${product.server.url} ${product.server.url.replace('http', 'ws')}`,
  }
  const fromService = await openPage(product.browser, product.embedding.origin)
  await fromService.page.goto(`${product.embedding.origin}/redacted`)
  await expectTold(fromService.page)
  await fromService.context.close()
})

describe('from a service of another origin', () => {
  const open = async (attributes: Record<string, string>) => {
    const written = Object.entries({ url: product.server.url, ...attributes }).map(
      ([name, value]) => `${name}="${value}"`,
    )
    product.embedding.pages['/'] = {
      text: pageOf(`<${TAG} ${written.join(' ')}></${TAG}>`),
      policy: `${POLICY}; connect-src ${product.server.url} ${product.server.url.replace('http', 'ws')}`,
    }
    const opened = await openPage(product.browser, product.embedding.origin)
    await opened.page.goto(product.embedding.origin)
    const misdeeds = () =>
      opened.misdeeds.filter(isFault).filter((each) => !each.startsWith(`request: ${product.server.url}`))
    return { ...opened, misdeeds }
  }

  test('a closed session, with a token for this one', async () => {
    const token = await product.world.token('proctor', product.interview.id)
    const { page, context, misdeeds } = await open({ 'session-id': product.interview.id, token, at: '4:10' })
    await waitUntilReady(page)
    await expect.poll(() => momentOf(page)).toBe(250_000)
    await product.expectSeekAsState(page, 480_000)
    expect(misdeeds()).toEqual([])
    await context.close()
  })

  test('a session that goes on', async () => {
    const { id, candidateToken } = await product.world.createSession(product.server, {
      question: 'Live',
      timeLimit: 3600,
    })
    const recorder = createRecorder({ url: product.server.url, token: candidateToken })
    const files = [{ filePath: 'a.ts', content: 'one ' }]
    recorder.record({ type: 'session_start', data: { questionTitle: 'Live', files } })
    await recorder.whenReceived()
    const { page, context, misdeeds } = await open({
      'session-id': id,
      token: await product.world.token('proctor', id),
    })
    await waitFor('the code', async () => (await shownCode(page)) === 'one ')
    recorder.record({ type: 'code_edit', fileId: 'a.ts', data: { changes: [[4, 0, 'two']] } })
    await waitFor('what comes after', async () => (await shownCode(page)) === 'one two')
    await page.locator('.liveness[data-kind="live"]').waitFor()
    await recorder.close()
    await page.locator('.liveness[data-kind="offline"]').getByText('Candidate offline').waitFor()
    expect(misdeeds()).toEqual([])
    await context.close()
  })

  test('a session that its token does not open is told to the page and to the viewer', async () => {
    const token = await product.world.token('proctor', '00000000-0000-4000-8000-000000000000')
    const { page, context } = await open({ 'session-id': product.interview.id, token })
    await page.getByRole('alert').getByText('This session could not be opened').waitFor()
    await page.getByRole('alert').getByText('SESSION_NOT_FOUND').waitFor()
    await context.close()
  })
})

import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecorder } from '../client-sdk/src/recorder.js'
import type { SessionPlayerElement } from '../web/player-package/session-player.js'
import { bringAxe, seriousFaults } from './support/accessibility.js'
import { openBrowser, openPage } from './support/browser.js'
import { ROOT } from './support/documents.js'
import { aRecordedInterview, expectPanesAsState, shownCode } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession, type RecordedSession } from './support/recorded-session.js'
import { type StaticHost, staticHost } from './support/static-host.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

const TAG = 'interviewlm-session-player'
/** All that a page needs to allow for a player from its own host; no page here allows more. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'"

let world: World
let server: ProductProcess
let browser: Browser
let interview: RecordedSession
let startMs: number
let folder: string
/** The page that embeds sessions of a service elsewhere. */
let embedding: StaticHost

beforeAll(async () => {
  world = await makeWorld()
  folder = join(await mkdtemp(join(tmpdir(), 'recorder-player-')), 'interview')
  embedding = await staticHost(join(ROOT, 'dist/player'))
  const env = { ALLOWED_ORIGINS: embedding.origin }
  ;[server] = await Promise.all([world.startServer(env), world.startWorker()])
  browser = await openBrowser()
  interview = await aRecordedInterview(world, server)
  startMs = Math.min(...(await interview.all()).map(({ timestamp }) => timestamp))
  await interview.archived()
})
afterAll(async () => {
  await browser?.close()
  await embedding?.[Symbol.asyncDispose]()
  await rm(join(folder, '..'), { recursive: true, force: true })
  await world?.[Symbol.asyncDispose]()
})

const command = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
  const env = { ...process.env, RECORDER_URL: server.url, RECORDER_TOKEN: await world.token('service') }
  return promisify(execFile)(process.execPath, ['scripts/export-player.mjs', ...args], {
    cwd: ROOT,
    env,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )
}

/** That a session has no annotations.json, and a page no icon, is told to the console by the browser itself. */
const isFault = (misdeed: string): boolean => !misdeed.includes('status of 404')

const waitUntilReady = (page: Page, selector = TAG) =>
  page.locator(selector).evaluate(
    (element: SessionPlayerElement) =>
      new Promise<void>((resolve, reject) => {
        if (element.durationMs > 0) resolve()
        element.addEventListener('ready', () => resolve())
        element.addEventListener('error', (event) =>
          reject(new Error(JSON.stringify((event as unknown as CustomEvent).detail))),
        )
      }),
  )

const seek = (page: Page, moment: number | string, selector = TAG) =>
  page.locator(selector).evaluate((element: SessionPlayerElement, to) => element.seek(to), moment)

const momentOf = (page: Page, selector = TAG): Promise<number> =>
  page.locator(selector).evaluate((element: SessionPlayerElement) => element.momentMs)

/** Goes to a moment, and waits until the panes show what GET /state answers for it. */
async function expectSeekAsState(page: Page, momentMs: number): Promise<void> {
  await seek(page, momentMs)
  await expectPanesAsState(page, interview, startMs + momentMs)
}

describe('npm run export:player', () => {
  test('writes a folder, and says how to look at it', async () => {
    const { code, out, err } = await command(interview.id, '--to', folder)
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(folder)
    expect(out).toContain('python3 -m http.server')
    expect((await readdir(folder)).sort()).toEqual([
      'favicon.svg',
      'index.html',
      'page.css',
      'page.js',
      'player',
      'session',
    ])
    expect((await readdir(join(folder, 'session'))).sort()).toEqual([
      'chain.json.gz',
      'events.json.gz',
      'keyframes.json.gz',
      'metadata.json',
      'overview.json.gz',
      'snapshots.json.gz',
    ])
    const again = await command(interview.id, '--to', folder)
    expect(again.code).toBe(1)
    expect(again.err).toContain('is not empty')
  })

  test('refuses a session that goes on, and one that is not there', async () => {
    const { id } = await world.createSession(server, { question: 'Live' })
    const live = await command(id, '--to', `${folder}-live`)
    expect(live).toMatchObject({ code: 1, out: '' })
    expect(live.err).toContain('still goes on')
    const missing = await command('00000000-0000-4000-8000-000000000000', '--to', `${folder}-live`)
    expect(missing.err).toContain('SESSION_NOT_FOUND')
    expect((await readdir(join(folder, '..'))).sort()).toEqual(['interview'])
  })
})

test.each([true, false])(
  'the folder on a static host (byte ranges: %s) shows what the service has',
  async (takesRanges) => {
    await using host = await staticHost(folder, { takesRanges })
    const { page, context, misdeeds } = await openPage(browser, host.origin)
    await bringAxe(context)
    await page.goto(`${host.origin}/#t=5:00`)
    await waitUntilReady(page)
    expect(await momentOf(page)).toBe(300_000)
    for (const momentMs of [300_000, 60_000, 431_500, 10 * 60_000]) await expectSeekAsState(page, momentMs)
    await waitFor('the moment in the address', () => new URL(page.url()).hash === '#t=10:00')
    expect(misdeeds.filter(isFault)).toEqual([])
    // Dim is what the candidate's own program made it. What axe itself writes into the page is stopped by the policy.
    expect((await seriousFaults(page)).filter((fault) => !fault.includes('.xterm-dim'))).toEqual([])
    const ofEvents = host.asked.filter((each) => each.startsWith('GET /session/events.json.gz'))
    expect(ofEvents.length).toBeGreaterThan(0)
    expect(ofEvents.every((each) => each.includes('bytes='))).toBe(true)
    await context.close()
  },
)

const pageOf = (body: string, { script = '/session-player.js', head = '' } = {}) =>
  `<!doctype html><html lang="en"><head><title>A page</title>${head}<script type="module" src="${script}"></script></head><body>${body}</body></html>`

test('two players on one page do not disturb each other, nor the page them or they the page', async () => {
  const player = (id: string, at: string) => `<${TAG} id="${id}" archive-url="/session" at="${at}"></${TAG}>`
  const own = '<button class="button" id="own">Own</button><p class="one-line" id="text">Text</p>'
  await using host = await staticHost(folder)
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
  const { page, context, misdeeds } = await openPage(browser, host.origin, {
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
  const packed = join(folder, '../packed')
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
  await cp(join(folder, 'session'), join(packed, 'session'), { recursive: true })
  await using host = await staticHost(packed)
  host.pages['/'] = {
    text: pageOf('<div id="root"></div>', { script: '/page.js' }),
    policy: `${POLICY}; connect-src 'self'`,
  }
  const { page, context, misdeeds } = await openPage(browser, host.origin)
  await page.goto(host.origin)
  await page.getByText('60 s').waitFor()
  await page.getByRole('button', { name: 'Minute five' }).click()
  await page.getByText('300 s').waitFor()
  await expectSeekAsState(page, 200_000)
  await page.getByText('200 s').waitFor()
  expect(await page.locator(TAG).evaluate((player) => player.getBoundingClientRect().height)).toBe(720)
  expect(misdeeds.filter(isFault)).toEqual([])
  await context.close()
})

describe('from an archive on another origin', () => {
  const open = async ({ origin }: StaticHost) => {
    embedding.pages['/archive'] = {
      text: pageOf(`<${TAG} archive-url="${origin}/session" at="5:00"></${TAG}>`),
      policy: `${POLICY}; connect-src ${origin}`,
    }
    const opened = await openPage(browser, embedding.origin)
    await opened.page.goto(`${embedding.origin}/archive`)
    const misdeeds = () =>
      opened.misdeeds.filter(isFault).filter((each) => !each.startsWith(`request: ${origin}/session/`))
    return { ...opened, misdeeds }
  }

  test.each([true, false])('that allows the page (byte ranges: %s)', async (takesRanges) => {
    await using host = await staticHost(folder, { takesRanges, allowsOrigin: embedding.origin })
    const { page, context, misdeeds } = await open(host)
    await waitUntilReady(page)
    for (const momentMs of [300_000, 431_500]) await expectSeekAsState(page, momentMs)
    expect(host.asked.some((each) => each.includes('bytes='))).toBe(true)
    expect(misdeeds()).toEqual([])
    await context.close()
  })

  test('that does not allow it is told to the page and to the viewer, with what to do', async () => {
    await using host = await staticHost(folder, { allowsOrigin: 'https://elsewhere.example' })
    const { page, context } = await open(host)
    const alert = page.getByRole('alert')
    await alert.getByText('This session could not be opened').waitFor()
    expect(await alert.textContent()).toContain(`${host.origin} must allow pages of ${embedding.origin}`)
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

test('what was taken out is told in the notes, from the archive alone and from the service', async () => {
  const session = await aRecordedSession(world, server, { question: { title: 'A key' } })
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
  expect((await world.call(server, 'POST', path, { body })).status).toBe(201)
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
  const exported = join(folder, '../redacted')
  expect(await command(session.id, '--to', exported)).toMatchObject({ code: 0, err: '' })
  await using host = await staticHost(exported)
  const fromArchive = await openPage(browser, host.origin)
  await fromArchive.page.goto(host.origin)
  await expectTold(fromArchive.page)
  expect(fromArchive.misdeeds.filter(isFault)).toEqual([])
  await fromArchive.context.close()

  const token = await world.token('proctor', session.id)
  embedding.pages['/redacted'] = {
    text: pageOf(`<${TAG} url="${server.url}" session-id="${session.id}" token="${token}"></${TAG}>`),
    policy: `${POLICY}; connect-src ${server.url} ${server.url.replace('http', 'ws')}`,
  }
  const fromService = await openPage(browser, embedding.origin)
  await fromService.page.goto(`${embedding.origin}/redacted`)
  await expectTold(fromService.page)
  await fromService.context.close()
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
    const { page, context } = await openPage(browser, host.origin)
    await page.goto(`${host.origin}/page`)
    const told = () =>
      page.evaluate(
        () => (globalThis as unknown as { told: { code: string | null; message: string }[] }).told,
      )
    return { page, context, told }
  }

  test('a page that is sent in its place is told as such', async () => {
    await using host = await staticHost(folder)
    host.pages['/session/overview.json.gz'] = { text: '<!doctype html><title>Not here</title>' }
    const { page, context, told } = await open(host)
    await page.getByRole('alert').getByText('something else than the gzip file').waitFor()
    expect(await told()).toMatchObject([{ code: null, message: expect.stringContaining('Content-Encoding') }])
    await context.close()
  })

  test('notes that can’t be read are told, and read when asked for again', async () => {
    const path = '/session/annotations.json'
    await using host = await staticHost(folder)
    host.pages[path] = { text: '<!doctype html><title>Not here</title>' }
    const { page, context, told } = await open(host)
    await page.locator('#tab-notes').click()
    await page.getByRole('alert').getByText('Notes from after the close could not be read').waitFor()
    const note = { id: '1', version: '1', kind: 'note', text: 'Look at this again', author: 'Pia' }
    const about = { atMs: startMs, targetSeq: null, value: null, retracted: false, source: null }
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
    const broken = join(folder, '../broken')
    await cp(folder, broken, { recursive: true })
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

describe('from a service of another origin', () => {
  const open = async (attributes: Record<string, string>) => {
    const written = Object.entries({ url: server.url, ...attributes }).map(
      ([name, value]) => `${name}="${value}"`,
    )
    embedding.pages['/'] = {
      text: pageOf(`<${TAG} ${written.join(' ')}></${TAG}>`),
      policy: `${POLICY}; connect-src ${server.url} ${server.url.replace('http', 'ws')}`,
    }
    const opened = await openPage(browser, embedding.origin)
    await opened.page.goto(embedding.origin)
    const misdeeds = () =>
      opened.misdeeds.filter(isFault).filter((each) => !each.startsWith(`request: ${server.url}`))
    return { ...opened, misdeeds }
  }

  test('a closed session, with a token for this one', async () => {
    const token = await world.token('proctor', interview.id)
    const { page, context, misdeeds } = await open({ 'session-id': interview.id, token, at: '4:10' })
    await waitUntilReady(page)
    await expect.poll(() => momentOf(page)).toBe(250_000)
    await expectSeekAsState(page, 480_000)
    expect(misdeeds()).toEqual([])
    await context.close()
  })

  test('a session that goes on', async () => {
    const { id, candidateToken } = await world.createSession(server, { question: 'Live', timeLimit: 3600 })
    const recorder = createRecorder({ url: server.url, token: candidateToken })
    const files = [{ filePath: 'a.ts', content: 'one ' }]
    recorder.record({ type: 'session_start', data: { questionTitle: 'Live', files } })
    await recorder.whenReceived()
    const { page, context, misdeeds } = await open({
      'session-id': id,
      token: await world.token('proctor', id),
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
    const token = await world.token('proctor', '00000000-0000-4000-8000-000000000000')
    const { page, context } = await open({ 'session-id': interview.id, token })
    await page.getByRole('alert').getByText('This session could not be opened').waitFor()
    await page.getByRole('alert').getByText('SESSION_NOT_FOUND').waitFor()
    await context.close()
  })
})

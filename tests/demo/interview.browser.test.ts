import { readFile } from 'node:fs/promises'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicKeysOf } from '../../db/integrity/keys.js'
import { checkReceipt } from '../../db/integrity/receipts.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { receiptView, type SessionStats } from '../../protocol/http/index.js'
import { openBrowser } from '../support/browser.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import type { Candidate } from './candidate.js'
import { openCandidate } from './open-candidate.js'
import { humanPace, SAMPLE_FILE, writeSample } from './sample.js'
import { FOREIGN, QUESTIONS, workThrough } from './whole-interview.js'

let world: World
let server: ProductProcess
let browser: Awaited<ReturnType<typeof openBrowser>>
const sockets: Socket[] = []

beforeAll(async () => {
  world = await makeWorld({ env: { DEMO: 'on', FLUSH_DUE_MS: '300', ANTHROPIC_API_KEY: '' } })
  server = await world.startServer()
  await world.startWorker()
  browser = await openBrowser()
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** The session that this page is recorded into. */
const sessionOf = (candidate: Candidate): Promise<string> =>
  candidate.page.evaluate(() => JSON.parse(sessionStorage.getItem('demo.access') ?? '{}').sessionId)

/** A proctor at a socket of /proctor, watching. */
async function proctorOf(sessionId: string): Promise<Socket> {
  const auth = { token: await world.token('proctor', '*', 'Grace') }
  const socket = io(`${server.url}/proctor`, { auth, transports: ['websocket'], forceNew: true })
  sockets.push(socket)
  expect(await socket.timeout(20_000).emitWithAck('watch', { sessionId })).toMatchObject({ ok: true })
  return socket
}

interface State {
  files: Record<string, string>
  terminal: { commands: { command: string | null; exitCode: number | null; stdout: string }[] }
  chat: { role: string; content: string; model: string | null }[]
  tests: { results: { passed: boolean }[] }[]
}
const stateOf = async (id: string) =>
  (await world.call<State>(server, 'GET', `/v1/sessions/${id}/state`)).body

const typesOf = (events: readonly RecordedEvent[]) => new Set(events.map(({ type }) => type))
const dataOf = <T>(events: readonly RecordedEvent[], type: string) =>
  events.filter((event) => event.type === type).map(({ data }) => data as T)

test(
  'a whole interview by script is read back as it was',
  async () => {
    const { candidate, context, misdeeds } = await openCandidate(browser, server.url)
    if (SAMPLE_FILE !== undefined) candidate.pace = humanPace()
    await candidate.start(`${server.url}/demo`)
    const id = await sessionOf(candidate)
    expect(candidate.page.url()).toBe(`${server.url}/demo`)
    const runs = await workThrough(candidate)
    expect(runs.firstRun).toEqual({ passed: 0, failed: 6 })
    expect(runs.secondRun).toEqual({ passed: 4, failed: 2 })
    expect(runs.lastRun).toEqual({ passed: 6, failed: 0 })

    // What the interviewer says arrives; so does the time that she adds.
    const minutesLeft = async () =>
      Number.parseInt((await candidate.page.getByRole('timer').textContent()) ?? '', 10)
    const before = await minutesLeft()
    const proctor = await proctorOf(id)
    await proctor.timeout(20_000).emitWithAck('message', { sessionId: id, text: 'Take your time.' })
    await proctor.timeout(20_000).emitWithAck('extend', { sessionId: id, bySec: 900 })
    await candidate.page.getByText('Take your time.').waitFor()
    await candidate.page.getByText('You have 15 more minutes.').waitFor()
    expect((await minutesLeft()) - before).toBeGreaterThanOrEqual(14)

    const files = await candidate.files()
    await candidate.submit()
    expect(await candidate.page.getByText(id).count()).toBe(1)
    expect(misdeeds()).toEqual([])
    await context.close()

    // Read back over HTTP.
    const session = await world.getSession(server, id)
    expect(session).toMatchObject({ status: 'COMPLETED', question: { title: 'Free slots' }, timeLimit: 3600 })
    const state = await stateOf(id)
    // First of all: a command that failed is the cause of what else is wrong.
    expect(state.terminal.commands.map(({ command, exitCode }) => [command, exitCode])).toEqual([
      ['ls', 0],
      ['head -n 3 README.md', 0],
      ['npm test', 1],
      ['npm test', 1],
      ['npm test', 0],
      ['node try.js', 0],
      ['node by-hand.js && echo "500 meetings: sorting is what counts" > notes.txt', 0],
      ['cat notes.txt | grep -c sorting', 0],
      ['mv notes.txt NOTES.md; wc -l *.md', 0],
    ])
    expect(Object.keys(files).sort()).toEqual([
      'NOTES.md',
      'README.md',
      'free-slots.js',
      'free-slots.test.js',
    ])
    expect(state.files).toEqual(files)
    expect(files['free-slots.js']).toContain(FOREIGN)
    const events = await world.readAll(server, id)
    if (SAMPLE_FILE !== undefined) writeSample(SAMPLE_FILE, events)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
    expect(dataOf<{ finalCode: object }>(events, 'session_submit').map((data) => data.finalCode)).toEqual([
      files,
    ])
    expect(session.eventCount).toBe(events.length)
    for (const bad of ['rejected', 'quarantined', 'gap', 'custom:not_recorded']) {
      expect([...typesOf(events)]).not.toContain(bad)
    }
    checkOrigins(events)
    checkBreak(events)
    checkFiles(events)

    expect(state.chat.map(({ role, model }) => [role, model])).toEqual(
      QUESTIONS.flatMap(() => [
        ['user', null],
        ['assistant', 'scripted-helper'],
      ]),
    )
    expect(state.chat.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(QUESTIONS)
    expect(state.tests.map(({ results }) => results.filter(({ passed }) => passed).length)).toEqual([0, 4, 6])
    expect(state.terminal.commands[5]?.stdout).toBe('[ [ 540, 600 ], [ 700, 1020 ] ]\n')
    await checkStatistics(id)
  },
  SAMPLE_FILE === undefined ? 120_000 : 45 * 60_000,
)

/** Where each text came from, as the tab tells it. */
function checkOrigins(events: readonly RecordedEvent[]): void {
  const edits = dataOf<{ origin: string; source?: string; changes: [number, number, string][] }>(
    events,
    'code_edit',
  )
  const of = (origin: string) => edits.filter((edit) => edit.origin === origin)
  const inserted = (edit: (typeof edits)[number] | undefined) =>
    edit?.changes.map(([, , text]) => text).join('')
  expect(of('typed').length).toBeGreaterThan(300)
  expect(of('paste').map(({ source }) => source)).toEqual(['own', 'outside'])
  expect(inserted(of('paste')[1])).toBe(FOREIGN)
  expect(of('ai')).toHaveLength(1)
  expect(inserted(of('ai')[0])).toContain('function mergeMeetings')
  expect(of('complete').map(inserted).join('')).toContain('ted')
  // Typing with pauses in it is undone in pieces.
  expect(of('undo').length).toBeGreaterThanOrEqual(2)
  expect(of('redo')).toHaveLength(1)
  const pastes = dataOf<{ lengthChars: number; source: string }>(events, 'paste')
  expect(pastes.map(({ source }) => source)).toEqual(['own', 'outside'])
  expect(pastes[1]?.lengthChars).toBe(FOREIGN.length)
}

/** Between the two signs of a break there is nothing. */
function checkBreak(events: readonly RecordedEvent[]): void {
  const own = events.filter(({ source }) => source === events[0]?.source)
  const at = own.findIndex(({ type }) => type === 'custom:recording_paused')
  expect(own[at + 1]?.type).toBe('custom:recording_resumed')
  expect(own[at]?.data).toMatchObject({ reason: 'break' })
}

function checkFiles(events: readonly RecordedEvent[]): void {
  const created = dataOf<{ filePath: string }>(events, 'file_created').map(({ filePath }) => filePath)
  expect(created).toEqual(['try.js', 'notes.txt'])
  const renamed = dataOf<{ filePath: string; toPath: string }>(events, 'file_renamed')
  expect(renamed.map(({ filePath, toPath }) => [filePath, toPath])).toEqual([
    ['try.js', 'by-hand.js'],
    ['notes.txt', 'NOTES.md'],
  ])
  expect(dataOf<{ filePath: string }>(events, 'file_deleted').map(({ filePath }) => filePath)).toEqual([
    'by-hand.js',
  ])
}

async function checkStatistics(id: string): Promise<void> {
  const stats = (await world.call<SessionStats>(server, 'GET', `/v1/sessions/${id}/stats`)).body
  const { provenance, terminalActivity, testExecution, claudeInteractions, pastes } = stats
  expect(terminalActivity.totalCommands).toBe(9)
  expect(terminalActivity.commandsByCategory).toMatchObject({ test: 3 })
  expect(testExecution).toMatchObject({ totalRuns: 3, totalTests: 18, passed: 10, failed: 8 })
  expect(claudeInteractions.totalInteractions).toBe(2 * QUESTIONS.length)
  expect(pastes.count).toBe(2)
  expect(provenance.pasted).toBe(FOREIGN.length)
  for (const origin of ['typed', 'ai', 'moved', 'given'] as const)
    expect(provenance[origin]).toBeGreaterThan(2)
  // What the shell wrote.
  expect(provenance.program).toBe('500 meetings: sorting is what counts\n'.length)
  expect(provenance.unexplained).toBe(0)
}

test('loaded again in the middle, it goes on: same session, same files, no second consent', async () => {
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo`)
  const id = await sessionOf(candidate)
  await candidate.caretBehind('return []')
  await candidate.type(' // before')
  await candidate.run('touch lib/extra.js')
  const before = await candidate.files()
  await page.reload()
  await candidate.editor().waitFor()
  expect(await candidate.files()).toEqual(before)
  await page.locator('.demo-screen').click()
  await candidate.press('ArrowUp')
  await waitFor('the line of before', async () => (await candidate.screen()).includes('$ touch lib/extra.js'))
  await candidate.press('Control+c')
  await candidate.openFile('free-slots.js')
  await candidate.caretBehind('// before')
  await candidate.type(' and after')
  const files = await candidate.files()
  await candidate.submit()
  expect((await stateOf(id)).files).toEqual(files)
  const events = await world.readAll(server, id)
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save receipt' }).click(),
  ])
  expect(saved.suggestedFilename()).toBe(`receipt-${id}.json`)
  const receipt = receiptView.parse(JSON.parse(await readFile(await saved.path(), 'utf8')))
  expect(receipt).toMatchObject({ sessionId: id, seq: events.length })
  const keys = await fetch(`${server.url}/.well-known/recorder-keys.json`)
  expect(checkReceipt(publicKeysOf(await keys.text(), 'the service'), receipt)).toBe('valid')
  expect(events.filter(({ type }) => type === 'session_start')).toHaveLength(1)
  expect(new Set(events.map(({ source }) => source)).size).toBe(2)
  await page.reload()
  await page.getByRole('heading', { name: 'The interview is over' }).waitFor()
  expect(misdeeds()).toEqual([])
  await context.close()
})

test('with a candidate’s own token; what the interviewer ends is over here', async () => {
  const session = await world.createSession(server, { question: { title: 'Free slots' }, timeLimit: 600 })
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo#token=${session.candidateToken}`)
  expect(page.url()).toBe(`${server.url}/demo`)
  expect(await sessionOf(candidate)).toBe(session.id)
  await candidate.caretBehind('return []')
  await candidate.type(' // mine')
  await page.getByText('saved up to').waitFor()
  const proctor = await proctorOf(session.id)
  await proctor.timeout(20_000).emitWithAck('end', { sessionId: session.id })
  await page.getByRole('heading', { name: 'The interview is over' }).waitFor()
  await page.getByText('Recorded through event').waitFor()
  await waitFor('the end', async () => (await world.getSession(server, session.id)).status === 'COMPLETED')
  expect((await stateOf(session.id)).files['free-slots.js']).toContain('// mine')
  expect(misdeeds()).toEqual([])
  await context.close()
})

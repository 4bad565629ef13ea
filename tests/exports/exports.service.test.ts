import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPORT_FORMATS, type ExportFormat } from '../../protocol/http/index.js'
import { createReplayEngine } from '../../replay/index.js'
import { playWithAsciinema } from '../../replay/test-support/asciinema-player.js'
import { importIntoGit, noGit } from '../../replay/test-support/git.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { exportRecording } from '../../scripts/export/main.js'
import type { Interview } from '../../scripts/simulate/interview.js'
import { SAMPLES } from '../../scripts/simulate/samples/samples.js'
import { noRecordings, RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { partOfInterview } from '../support/part-of-interview.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

if (noGit) console.warn('Skipped: there is no git in PATH, so code histories are not imported.')

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '100000' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const fetchExport = async (
  id: string,
  format: string,
  init: { token?: string; signal?: AbortSignal; on?: ProductProcess } = {},
) =>
  fetch(`${(init.on ?? server).url}/v1/sessions/${id}/export/${format}`, {
    headers: { authorization: `Bearer ${init.token ?? (await world.token('service'))}` },
    ...(init.signal && { signal: init.signal }),
  })

async function exported(id: string, format: string): Promise<string> {
  const answer = await fetchExport(id, format)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${format}: ${answer.status} ${text}`)
  return text
}

/** The last of so many events are received and not yet committed. */
const IN_THE_BUFFER = 400

async function recorded(interview: Omit<Interview, 'expected'>): Promise<RecordedSession> {
  const session = await aRecordedSession(world, server, {
    question: interview.question,
    timeLimit: interview.timeLimitSec,
  })
  const startMs = Date.now() - interview.durationMs
  const events = interview.events.map(({ offsetMs, ...event }) => ({
    ...event,
    timestamp: startMs + offsetMs,
  }))
  const kept = Math.max(0, events.length - IN_THE_BUFFER)
  await session.send('tab', events.slice(0, kept), 'committed')
  await session.send('tab', events.slice(kept), 'received')
  return session
}

/** A report without what says where the events lie, when it was made and when sources were last heard. */
const withoutItsMaking = (report: string): string =>
  report
    .replace(/(recorded, up to seq \d+\.) [^<]*/, '$1')
    .replace(/Made [-0-9: ]+ UTC/, 'Made')
    .replace(/<td>(\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC)<\/td>/g, '')

/** All exports. */
async function allOf(id: string): Promise<Record<ExportFormat, string>> {
  const files: Partial<Record<ExportFormat, string>> = {}
  for (const format of EXPORT_FORMATS) {
    const text = await exported(id, format)
    files[format] = format === 'html' ? withoutItsMaking(text) : text
  }
  return files as Record<ExportFormat, string>
}

async function checkGit(session: RecordedSession, stream: string): Promise<void> {
  if (noGit) return
  const state = await session.get<{ files: Record<string, string> }>('/state')
  await using repository = await importIntoGit(stream)
  const files = Object.fromEntries(
    [...(await repository.files())].map(([path, text]) => [path, text.toString()]),
  )
  expect(files).toEqual(state.files)
  expect(await repository.git('fsck', '--strict', '--no-dangling')).toBe('')
  const all = await session.all()
  const commits = Number(await repository.git('rev-list', '--count', 'HEAD'))
  expect(commits).toBeGreaterThanOrEqual(all.filter((event) => event.type === 'code_snapshot').length)
}

async function checkCast(session: RecordedSession, cast: string): Promise<void> {
  const engine = createReplayEngine()
  engine.insert(await session.all())
  const played = await playWithAsciinema(cast)
  expect(await screenOf(played.steps)).toEqual(await screenOf(stepsOf(engine.stateAt())))
}

async function checkInterview(interview: Omit<Interview, 'expected'>): Promise<void> {
  const session = await recorded(interview)
  const live = await allOf(session.id)
  expect(live.ndjson).toBe((await session.all()).map((event) => `${JSON.stringify(event)}\n`).join(''))
  await checkGit(session, live.git)
  await checkCast(session, live.asciicast)

  await session.close()
  const closed = await allOf(session.id)
  await session.archived()
  await session.purge()
  const purged = await allOf(session.id)
  // Of an open session the last event is the end, of a closed one the close; the log and the code are the same.
  for (const format of ['ndjson', 'git', 'asciicast'] as const)
    expect(closed[format] === live[format], format).toBe(true)
  for (const format of EXPORT_FORMATS) expect(purged[format] === closed[format], format).toBe(true)
}

describe('every export is the same for a live, a closed and an archived session whose rows are gone', () => {
  test.each(SAMPLES.map((sample) => sample(7)))('$description', checkInterview)

  test.skipIf(noRecordings)(
    'a part of an interview woven of real recordings (skipped where they are missing: RECORDINGS_DIR)',
    () => checkInterview(partOfInterview(weaveInterview(RECORDINGS_DIR), 0.1)),
    300_000,
  )
})

const edit = (path: string, text: string, timestamp: number) => ({
  type: 'code_edit',
  timestamp,
  fileId: path,
  data: { changes: [[0, 0, text]] },
})

test('[R2] what a second source brings late stands where it happened, in the terminal and in the code', async () => {
  const session = await aRecordedSession(world, server)
  const atMs = Date.now() - 600_000
  const output = (data: string, timestamp: number) => ({
    type: 'terminal_stream',
    timestamp,
    data: { channel: 'o', data },
  })
  const snapshot = (content: string, timestamp: number) => ({
    type: 'code_snapshot',
    timestamp,
    fileId: 'a.ts',
    data: { fileName: 'a.ts', content },
  })
  await session.send(
    'tab',
    [output('first ', atMs), snapshot('1', atMs), output('third', atMs + 9000), snapshot('3', atMs + 9000)],
    'committed',
  )
  await session.send('late', [output('second ', atMs + 5000), snapshot('2', atMs + 5000)])
  const printed = (await exported(session.id, 'asciicast'))
    .split('\n')
    .flatMap((line) => (line.startsWith('[') ? [JSON.parse(line)[2]] : []))
  expect(printed).toEqual(['first ', 'second ', 'third'])
  const contents = [...(await exported(session.id, 'git')).matchAll(/^M .*\ndata 1\n(.)$/gm)].map(
    (match) => match[1],
  )
  expect(contents).toEqual(['1', '2', '3'])
})

describe('the answer', () => {
  test('is a file with a name of its own that nobody keeps', async () => {
    const { id } = await aRecordedSession(world, server, {
      candidateId: 'ä"\u202e; filename=x',
      question: { title: 'x\r\ny' },
    })
    const endings = {
      asciicast: '.cast',
      git: '.git-fast-import',
      ndjson: '.ndjson',
      csv: '-stats.csv',
      html: '.html',
    }
    for (const [format, ending] of Object.entries(endings)) {
      const answer = await fetchExport(id, format)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-disposition')).toBe(
        `attachment; filename="interview-${id}${ending}"`,
      )
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      await answer.text()
    }
    const html = await fetchExport(id, 'html')
    expect(html.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*sandbox$/)
    expect(await html.text()).toContain('ä&quot;')
  })

  test('is an error with a code before anything is sent: the formats are named', async () => {
    const { id } = await aRecordedSession(world, server)
    const unknown = await fetchExport(id, 'pdf')
    expect(unknown.status).toBe(400)
    const { error } = (await unknown.json()) as { error: { code: string; message: string } }
    expect(error.code).toBe('VALIDATION')
    for (const format of EXPORT_FORMATS) expect(error.message).toContain(format)
    const candidate = await fetchExport(id, 'html', { token: await world.token('candidate', id) })
    expect(candidate.status).toBe(403)
    const foreign = await fetchExport(id, 'html', { token: await world.token('proctor', 'another') })
    expect(foreign.status).toBe(404)
  })

  test('each export is in the access log', async () => {
    const { id } = await aRecordedSession(world, server)
    await exported(id, 'csv')
    await exported(id, 'ndjson')
    const rows = await world.sql`select action from access_log where session_id = ${id}`
    expect(rows.map((row) => row.action)).toEqual(['export', 'export'])
  })

  test('ndjson goes on behind a seq, git names the author that is asked for', async () => {
    const session = await aRecordedSession(world, server)
    await session.send('tab', [edit('a', 'x', Date.now()), edit('a', 'y', Date.now())], 'committed')
    const lines = (await exported(session.id, 'ndjson?afterSeq=1')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([2])
    expect(await exported(session.id, 'git?author=Ada%20L')).toContain('author Ada L <candidate@')
  })
})

/** A session with several megabytes, more than sockets hold between two programs. */
async function aLargeSession(): Promise<RecordedSession> {
  const session = await aRecordedSession(world, server)
  const atMs = Date.now() - 600_000
  const chatter = (i: number) => `${i} `.repeat(2000)
  const events = Array.from({ length: 4000 }, (_, i) => ({
    type: 'terminal_stream',
    timestamp: atMs + i,
    data: { channel: 'o', data: chatter(i) },
  }))
  for (let from = 0; from < events.length; from += 100)
    await session.send('tab', events.slice(from, from + 100))
  await session.send('tab', [edit('a', 'x', atMs + 5000)], 'committed')
  return session
}

describe('a large recording', () => {
  let session: RecordedSession
  beforeAll(async () => {
    session = await aLargeSession()
  })

  test('[I8] readers who take nothing hold back the work, only so many at once, and free their places when they go', async () => {
    const leaving = new AbortController()
    const { signal } = leaving
    // At once, so that none waits for the place of another.
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => fetchExport(session.id, 'ndjson', { signal })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(8)
    const refused = await fetchExport(session.id, 'csv')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    leaving.abort()
    await waitFor('a place', async () => {
      const answer = await fetchExport(session.id, 'csv')
      await answer.text()
      return answer.status === 200
    })
  })

  test('an archive that is damaged in its middle breaks the answer off: nobody takes it for a whole file', async () => {
    await session.close()
    await session.archived()
    await session.purge()
    const { storagePath } = await session.details()
    const folder = fileURLToPath(world.archiveUrl)
    const file = join(folder, storagePath as string, 'events.json.gz')
    expect(await readdir(join(folder, storagePath as string))).toContain('events.json.gz')
    const handle = await open(file, 'r+')
    const { size } = await handle.stat()
    await handle.write(Buffer.alloc(64), 0, 64, Math.floor(size * 0.8))
    await handle.close()
    // One that has none of it in memory.
    const fresh = await world.startServer()
    for (const format of ['ndjson', 'asciicast']) {
      const answer = await fetchExport(session.id, format, { on: fresh })
      const whole = answer.status === 200 ? answer.text() : Promise.reject(new Error('refused'))
      await expect(whole, format).rejects.toThrow()
    }
    const ndjson = await fetchExport(session.id, 'ndjson', { on: fresh })
    expect(ndjson.status).toBe(200)
    await expect(ndjson.text()).rejects.toThrow()
  })
})

describe('the command', () => {
  const run = async (...args: string[]) => {
    const out = new PassThrough()
    const err = new PassThrough()
    const folder = await mkdtemp(join(tmpdir(), 'recorder-export-'))
    const token = await world.token('service')
    const env = { RECORDER_URL: server.url, RECORDER_TOKEN: token }
    const code = await exportRecording(args, { env, folder, out, err })
    const files = await readdir(folder)
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
    await rm(folder, { recursive: true })
    const said = (stream: PassThrough) => String(stream.read() ?? '')
    return {
      code,
      out: said(out),
      err: said(err),
      files: Object.fromEntries(files.map((name, i) => [name, texts[i]])),
    }
  }

  test('writes a file under the name that the service gives it, or to the standard output', async () => {
    const session = await aRecordedSession(world, server)
    await session.send('tab', [edit('a', 'x', Date.now())], 'committed')
    const { id } = session
    const events = await exported(id, 'ndjson')
    expect(await run(id, 'ndjson')).toMatchObject({ code: 0, files: { [`interview-${id}.ndjson`]: events } })
    expect(await run(id, 'ndjson', '--out', '-')).toMatchObject({ code: 0, out: events, files: {} })
  })

  test('says what is wrong and leaves no file', async () => {
    const { id } = await aRecordedSession(world, server)
    const wrong = await run(id, 'pdf')
    expect(wrong).toMatchObject({ code: 1, files: {} })
    expect(wrong.err).toMatch(/VALIDATION.*asciicast/)
    expect(await run(id)).toMatchObject({ code: 2, files: {} })
  })
})

import { expect } from 'vitest'
import { hashText } from '../../db/text.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { RedactionView } from '../../protocol/http/index.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { createReplayEngine, terminalText } from '../../replay/index.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { anId } from '../support/stores.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

/** A product of which nothing is flushed by itself while a test looks: what is received is in the buffer until somebody asks. */
export async function aRedactingProduct(): Promise<RedactingProduct> {
  const env = { FLUSH_DUE_MS: '60000', FLUSH_DUE_EVENTS: '100000', CLOSE_GRACE_MS: '0' }
  const world = await makeWorld({ env })
  const server = await world.startServer()
  const worker = await world.startWorker({
    SWEEP_EVERY_MS: '100',
    RETENTION_EVERY_MS: '100',
    RETAIN_ROWS_MS: String(365 * 86_400_000),
  })
  return new RedactingProduct(world, server, worker)
}

/** A secret and the parts in which somebody types it. */
export function aSecret() {
  const secret = `Sk-${anId()}`
  return {
    secret,
    halves: [secret.slice(0, 12), secret.slice(12)] as const,
    mask: MASK_CHAR.repeat(secret.length),
  }
}

export type Secret = ReturnType<typeof aSecret>

const READS = [
  '',
  '/events',
  '/state',
  '/stats',
  '/timeline',
  '/segments/0',
  '/annotations',
  '/annotations?history=true',
  '/claude-interactions',
  '/code-snapshots',
  '/test-results',
  '/redactions',
  '/access-log',
  '/export/ndjson',
  '/export/asciicast',
  '/export/git',
  '/export/csv',
  '/export/html',
] // prettier-ignore

/** A server and a worker, and what is asked of them about what was taken out. */
export class RedactingProduct implements AsyncDisposable {
  constructor(
    readonly world: World,
    readonly server: ProductProcess,
    private readonly worker: ProductProcess,
  ) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]()
  }

  /** Everything in which a secret can stand in an interview: typed, pasted, shown, said, noted. */
  async anInterviewWith({ secret, halves }: Secret): Promise<RecordedSession> {
    const question = { title: `Use ${secret}`, language: 'ts' }
    const session = await aRecordedSession(this.world, this.server, {
      question,
      metadata: { [secret]: [secret] },
    })
    let atMs = Date.now() - 60_000
    const at = (type: string, data: unknown, fileId?: string) => {
      atMs += 10
      return { type, timestamp: atMs, data, ...(fileId === undefined ? {} : { fileId }) }
    }
    const typed = (text: string, offset: number) =>
      [...text].map((char, i) =>
        at('code_edit', { changes: [[offset + i, 0, char]], origin: 'typed' }, 'a.ts'),
      )
    const snapshot = (content: string) =>
      at('code_snapshot', { fileName: 'a.ts', language: 'ts', content }, 'a.ts')
    const piece = (content: string, index: number) =>
      at('ai_interaction', { role: 'user', content, part: { id: 'p', index, count: 2 } })
    const [first, second] = halves
    await session.send(
      'tab',
      [
        at('session_start', { questionTitle: secret, files: [{ filePath: 'a.ts', content: 'key=\nend\n' }] }),
        at('editor_open', { content: 'key=\nend\n' }, 'a.ts'),
        ...typed(first, 4),
        ...typed('??', 4 + first.length),
        at('code_edit', { changes: [[4 + first.length, 2, '']], origin: 'typed' }, 'a.ts'),
        snapshot(`key=${first}\nend\n`),
        ...typed(second, 4 + first.length),
        snapshot(`key=${secret}\nend\n`),
        snapshot(`key=${secret}\nend\n`),
        snapshot(`key=${secret}\nend\nmore\n`),
      ],
      'committed',
    )
    await session.send('tab', [
      at('terminal_stream', { channel: 'o', data: '\u001b[32m$\u001b[0m ' }),
      ...[...secret].map((char) => at('terminal_stream', { channel: 'o', data: `${char}\u001b[K` })),
      at('terminal_stream', { channel: 'o', data: '\r\n' }),
      at('terminal_input', { command: `export KEY=${secret}` }),
      at('terminal_output', { output: `KEY=${first}` }),
      at('terminal_output', { output: `${second}\n`, exitCode: 0 }),
      at('ai_interaction', { role: 'assistant', content: `Never say ${secret}\u0000` }),
      piece(`please use ${first}`, 0),
      piece(`${second}, thanks`, 1),
      at('test_result', { testName: `with ${secret}`, passed: false, output: secret, error: secret }),
      at('custom:thing', { [secret]: { deep: [secret, 7] } }),
      at('file_created', { filePath: `${secret}.env`, content: secret }, `${secret}.env`),
      at('session_submit', { finalCode: { 'a.ts': `key=${secret}\nend\n` } }),
    ])
    await this.annotate(session, `he typed ${secret}`)
    return session
  }

  redact(session: RecordedSession, body: object, token?: string, by = this.server) {
    return this.world.call<RedactionView>(by, 'POST', `/v1/sessions/${session.id}/redactions`, {
      body,
      ...(token === undefined ? {} : { token }),
    })
  }

  /** Every read of the API as text. */
  async reads(session: RecordedSession): Promise<string> {
    const token = await this.world.token('service')
    const answers = await Promise.all(
      READS.map(async (path) => {
        const url = `${this.server.url}/v1/sessions/${session.id}${path}`
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
        expect([path, response.status]).toEqual([path, 200])
        return response.text()
      }),
    )
    return answers.join('\n')
  }

  async expectNothingLeft(
    session: RecordedSession,
    secret: Secret,
    before: readonly RecordedEvent[],
  ): Promise<void> {
    // The copy of what was noted follows the archive that it stands beside.
    await waitFor('nothing of it to be left', async () => {
      const traces = await tracesOf(this.world, [secret.secret])
      if (traces.length > 0) throw new Error(`It is left in ${traces.join(', ')}`)
      return true
    })
    expect(await this.reads(session)).not.toContain(secret.secret)
    const after = await session.all()
    for (const { said } of moments(after))
      for (const word of [secret.secret, ...secret.halves]) expect(said).not.toContain(word)
    expect(moments(after).map(({ sizes }) => sizes)).toEqual(moments(before).map(({ sizes }) => sizes))
    expect(after.map(({ data: _, fileId: __, ...rest }) => rest)).toEqual(
      before.map(({ data: _, fileId: __, ...rest }) => rest),
    )
    await this.expectRowsAgree(session, after)
    for (const one of [this.server, this.worker]) expect(one.output()).not.toContain(secret.secret)
  }

  /** [R8] The typed rows say what the events say. */
  async expectRowsAgree(session: RecordedSession, events: readonly RecordedEvent[]): Promise<void> {
    const snapshots = await this.world.sql<
      { seq: number; content: string; hash: string; diff: { lines: [string, unknown][] } | null }[]
    >`
      select seq::int, full_content as content, content_hash as hash, diff_from_previous as diff
      from code_snapshots where session_id = ${session.id} order by seq`
    let previous = ''
    for (const { seq, content, hash, diff } of snapshots) {
      expect((events[seq - 1]!.data as { content: string }).content).toBe(content)
      expect(hash).toBe(hashText(content))
      if (diff !== null) expect(patched(previous, diff.lines)).toBe(content)
      previous = content
    }
    const [turns, tests] = await Promise.all([
      this.world.sql<
        { content: string }[]
      >`select content from claude_interactions where session_id = ${session.id} order by seq`,
      this.world.sql<
        { name: string }[]
      >`select test_name as name from test_results where session_id = ${session.id} order by seq`,
    ])
    const engine = createReplayEngine()
    engine.insert(events)
    const { chat, testRuns } = engine.stateAt()
    expect(turns.map((turn) => turn.content)).toEqual(
      chat.map((turn) => turn.content.replaceAll('\u0000', '\ufffd')),
    )
    expect(tests.map((row) => row.name)).toEqual(
      testRuns.flatMap((run) => run.results.map((result) => result.testName)),
    )
  }

  private async annotate(session: RecordedSession, text: string): Promise<void> {
    const headers = { 'idempotency-key': anId() }
    const path = `/v1/sessions/${session.id}/annotations`
    const answer = await this.world.call(this.server, 'POST', path, {
      headers,
      body: { kind: 'note', text, atMs: 1 },
    })
    expect(answer.status).toBe(201)
  }
}

/** What replay shows at every moment: files, terminal, and all of the state as JSON. */
export function moments(events: readonly RecordedEvent[]) {
  const engine = createReplayEngine()
  engine.insert(events)
  return [...new Set(events.map((event) => event.timestamp))].map((atMs) => {
    const state = engine.stateAt(atMs)
    const screen = terminalText(state.terminal).replaceAll('\u001b[K', '')
    const sizes = [screen.length, ...state.files.map((file) => file.text.length), state.divergences.length]
    return { said: JSON.stringify(state) + screen, sizes }
  })
}

function patched(before: string, lines: [string, unknown][]): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  let at = 0
  let text = ''
  for (const [operation, what] of lines) {
    if (operation === '+') text += (what as string[]).join('')
    else if (operation === '-') at += (what as string[]).length
    else {
      text += old.slice(at, at + (what as number)).join('')
      at += what as number
    }
  }
  return text
}

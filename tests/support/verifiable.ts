import { rateTurn } from '../../db/annotations.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { Receipt } from '../../protocol/http/receipts.js'
import type { Verdict } from '../../scripts/verify/verdict.js'
import { verifyArchive } from '../../scripts/verify/verify-archive.js'
import { verifySession } from '../../scripts/verify/verify-session.js'
import { type RedactionWish, redactSession } from '../../server/redaction/redact-session.js'
import { purgeSession } from '../../workers/retention/purge-session.js'
import { generateEvents, seeded } from './generate.js'

import type { RetentionPath } from './retention-path.js'
import { START_MS, type TestEvent } from './stores.js'

export const SECRET = 'correct horse battery'

/**
 * A session of two writers, in as many links as there are flushes, with all kinds of events, or with those of an interview
 * where one is given.
 */
export async function aVerifiableSession(
  path: RetentionPath,
  { flushes = 5, eventsAFlush = 30, seed = 1, interview = [] as readonly TestEvent[] } = {},
) {
  const session = await path.aSession(2)
  const { sessionId } = session
  const random = seeded(seed)
  const next = [1, 1]
  const append = async (source: 1 | 2, events: TestEvent[]) => {
    const answer = await session.append(source, next[source - 1] as number, events)
    if (answer?.kind !== 'ok') throw new Error(`not appended: ${answer?.kind}`)
    next[source - 1] = (next[source - 1] as number) + events.length
  }
  for (let n = 0; n < flushes; n++) {
    const recorded = interview.slice(n * eventsAFlush, (n + 1) * eventsAFlush)
    const made = recorded.length > 0 ? recorded : generateEvents(eventsAFlush - 3, random)
    const events = made.map(
      (event, i): TestEvent => ({
        ...event,
        fileId: event.fileId ?? null,
        timestampMs: START_MS + n * 10_000 + i * 40,
      }),
    )
    const half = events.length >> 1
    await append(1, events.slice(0, half))
    // A turn in three pieces, two of them in this flush and the last in the next one where there is one.
    await append(2, [...events.slice(half), piece(n, 0), piece(n, 1)])
    await session.flush()
    await append(2, [piece(n, 2)])
  }
  await append(1, [
    { type: 'terminal_input', data: { command: `login ${SECRET}`, workingDirectory: '/' } },
    { type: 'ai_interaction', data: { role: 'user', content: `My password is ${SECRET}.` } },
    { type: 'code_snapshot', fileId: 'k.ts', data: { fileName: 'k.ts', content: `// ${SECRET}\n` } },
    { type: 'code_snapshot', fileId: 'k.ts', data: { fileName: 'k.ts', content: `// ${SECRET}\nx()\n` } },
  ])
  await session.flush()

  const jobs = { ...path.context.jobs, flush: async () => void (await session.flush()) }
  const self = {
    session,
    sessionId,
    append,
    prefix: recordingPrefix(sessionId),
    close: async () => {
      await session.close()
      await session.flush()
    },
    archive: () => path.archiveSession(sessionId),
    /** As a sweep and a retention have it, some time after the close. */
    purge: async (retainLastEvents = 0) => {
      await path.settle(session)
      return purgeSession({ ...path.retention, retainLastEvents }, sessionId)
    },
    redact: (wish: Partial<RedactionWish> & object = { text: SECRET }) =>
      redactSession(
        { stores: path.stores, jobs, clock: path.context.clock, signer: path.signing.signer },
        sessionId,
        { reason: 'a password', by: { role: 'service', sub: 'platform' }, ...wish } as RedactionWish,
      ),
    rate: async () => {
      const [turn] = await path.world.sql<{ seq: number }[]>`
        select seq::int from claude_interactions where session_id = ${sessionId} order by seq limit 1`
      const place = { seq: turn?.seq ?? 0, atMs: START_MS, sentValue: null }
      await rateTurn(path.db, sessionId, { role: 'proctor', sub: 'p' }, place, 4)
    },
    verify: (receipt?: Receipt): Promise<Verdict> =>
      verifySession({
        db: path.db,
        archive: path.archive,
        sessionId,
        keys: path.signing.publicKeys,
        receipt,
      }),
    verifyArchive: (receipt?: Receipt): Promise<Verdict> =>
      verifyArchive({ store: path.archive, prefix: self.prefix, keys: path.signing.publicKeys, receipt }),
  }
  return self
}

export type VerifiableSession = Awaited<ReturnType<typeof aVerifiableSession>>

const piece = (n: number, index: number): TestEvent => ({
  type: 'ai_interaction',
  timestampMs: START_MS + n * 10_000 + 9_000 + index,
  data: { role: 'assistant', content: `piece ${index} \u0000`, part: { id: `p${n}`, index, count: 3 } },
})

/** What a verdict comes to, in few words. */
export const toldBy = ({ outcome, findings, unsigned }: Verdict) => ({
  outcome,
  findings: findings.map(({ text }) => text),
  unsigned,
})

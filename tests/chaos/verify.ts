import type { RecordedEvent } from '../../protocol/events.js'
import { checkRecording, lostByPromise, sameRecording } from '../support/checker.js'
import { waitFor } from '../support/wait-for.js'
import type { Crowd } from './crowd.js'
import { openIntegrityCheck } from './integrity.js'
import { pause } from './pause.js'
import type { Rig } from './rig.js'
import type { SessionLog } from './session-log.js'

/** What must not be, by kind. */
export type FindingKind =
  | 'lost although committed'
  | 'lost although acked'
  | 'acks taken back'
  | 'lost'
  | 'doubled'
  | 'reordered'
  | 'altered'
  | 'foreign'
  | 'time'
  | 'watcher'
  | 'archive'
  | 'integrity'
  | 'unreadable'
  | 'not closed'
  | 'broke off'
  | 'fault'
  | 'acks late'
  | 'backlog late'
  | 'process'
  | 'memory'
  | 'log'

export interface Finding {
  kind: FindingKind
  text: string
  sessionId?: string
}

export interface Verdict {
  findings: Finding[]
  sessions: number
  /** Events read from rows, and the same from the archive. */
  events: number
  watchers: number
  watcherResets: number
  archives: number
  /** Times that events were handed in by a later load of the page, as the one before had ended with its session. */
  comebacks: number
  /** Pages that were gone for good with their last ack, and of how many of them Redis may have lost something since. */
  gone: number
  goneWithLoss: number
  /** How far the times of events are from when they were recorded, at most. */
  clockOffMs: number
}

/** Nothing was closed or archived for so long: what is left is stuck. How long all takes depends on how much there is. */
const STUCK_AFTER_MS = 180_000
const SETTLE_POLL_MS = 500
/** A clock that was set shows; how exact times are, another test asks. */
const MOST_CLOCK_OFF_MS = 5_000
/** A recorder notices within so long that Redis has lost something, or that PostgreSQL is back, which its new epoch needs. */
const NOTICED_WITHIN_MS = 30_000
const READERS = 4

/**
 * Compares rows, archive and watchers' lists of all sessions with what candidates logged. All candidates have left, and
 * nothing fails any more. Takes the rows away in the end, so that the same reads come from the archive.
 */
export async function verify(rig: Rig, { sessions }: Crowd, say: (text: string) => void): Promise<Verdict> {
  const verdict: Verdict = {
    findings: [],
    sessions: sessions.length,
    events: 0,
    watchers: 0,
    watcherResets: 0,
    archives: 0,
    comebacks: 0,
    gone: 0,
    goneWithLoss: 0,
    clockOffMs: 0,
  }
  say('waiting for closes and archives')
  verdict.findings.push(...(await settled(rig)))
  const rows = new Map<SessionLog, readonly RecordedEvent[]>()
  say('reading rows')
  await eachOf(sessions, async (log) => rows.set(log, await checkRows(rig, log, verdict)), verdict)
  say('looking at what watchers showed')
  await eachOf(sessions, (log) => checkWatchers(log, rows.get(log) ?? [], verdict), verdict)
  say('verifying chains and signatures')
  await checkIntegrity(rig, sessions, verdict)
  say('reading archives')
  await takeRowsAway(rig)
  await eachOf(sessions, (log) => checkArchive(rig, log, rows.get(log) ?? [], verdict), verdict)
  return verdict
}

async function eachOf(
  sessions: readonly SessionLog[],
  check: (log: SessionLog) => Promise<unknown>,
  { findings }: Verdict,
): Promise<void> {
  const left = sessions.values()
  const reader = async () => {
    for (const log of left) {
      await check(log).catch((error) => {
        findings.push({ kind: 'unreadable', sessionId: log.sessionId, text: String(error) })
      })
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
}

/** Waits until all is closed and archived, or nothing of it goes on. */
async function settled({ world: { sql } }: Rig): Promise<Finding[]> {
  const unsettled = () => sql<{ id: string; status: string; archive: string; error: string | null }[]>`
    select id, status, archive_state as archive, archive_error as error from session_recordings
    where status <> 'COMPLETED' or archive_state <> 'verified'`
  let left = await unsettled()
  let fewest = left.length
  let fewerAtMs = Date.now()
  while (left.length > 0 && Date.now() - fewerAtMs < STUCK_AFTER_MS) {
    await pause(SETTLE_POLL_MS)
    left = await unsettled()
    if (left.length >= fewest) continue
    fewest = left.length
    fewerAtMs = Date.now()
  }
  return left.map(({ id, status, archive, error }) => ({
    kind: 'not closed',
    sessionId: id,
    text: `${status}, archive ${archive} ${error ?? ''}`,
  }))
}

function noticedByMs({ postgresOutages }: Rig, lossAtMs: number): number {
  const held = postgresOutages.filter(
    ({ fromMs, toMs }) => fromMs < lossAtMs + NOTICED_WITHIN_MS && toMs > lossAtMs,
  )
  return Math.max(lossAtMs, ...held.map(({ toMs }) => toMs)) + NOTICED_WITHIN_MS
}

async function checkRows(rig: Rig, log: SessionLog, verdict: Verdict): Promise<readonly RecordedEvent[]> {
  const { world, servers } = rig
  const { sessionId, sourceId } = log
  const add = (kind: FindingKind, places: readonly string[]) => {
    if (places.length > 0)
      verdict.findings.push({ kind, sessionId, text: `${places.length}: ${places.slice(0, 5).join(', ')}` })
  }
  const server = servers[0] as (typeof servers)[number]
  const kept = await world.readAll(server, sessionId)
  const { sources, eventCount } = await world.getSession(server, sessionId)
  const [counted] = await world.sql<{ n: number; first: number; last: number }[]>`
    select count(*)::int as n, coalesce(min(seq), 1)::int as first, coalesce(max(seq), 0)::int as last
    from session_events where session_id = ${sessionId}`
  if (counted?.n !== kept.length || counted.last !== kept.length || eventCount !== kept.length)
    add('altered', [
      `${counted?.n} rows ${counted?.first}…${counted?.last}, ${kept.length} read, ${eventCount} counted`,
    ])

  const numberOf = (id: string) => sources.find((source) => source.sourceId === id)?.source
  const found = checkRecording([log], kept, numberOf)
  const lost = lostByPromise(log, kept, numberOf)
  add('lost although committed', lost.committed)
  const { goneAtMs, completeAtMs, takenBackAtMs } = log
  const hasLost = (fromMs: number, toMs: number) =>
    rig.redisLossesAtMs.some((atMs) => noticedByMs(rig, atMs) > fromMs && atMs < toMs)
  const isExcused = goneAtMs !== null && hasLost(goneAtMs, completeAtMs)
  if (!isExcused) add('lost although acked', lost.acked)
  if (goneAtMs !== null) verdict.gone++
  if (isExcused) verdict.goneWithLoss++
  const withoutLoss = takenBackAtMs.filter((atMs) => !hasLost(atMs, atMs))
  add(
    'acks taken back',
    withoutLoss.map((atMs) => `at ${new Date(atMs).toISOString()}`),
  )
  add('lost', lost.recorded)
  add('doubled', found.doubled)
  add('reordered', found.reordered)
  add('altered', found.altered)
  const foreign = kept.filter(({ source }) => source !== numberOf(sourceId))
  add(
    'foreign',
    foreign.map(({ seq, type, source }) => `${type} at ${seq} of source ${source}`),
  )
  const offMs = kept.map(({ sourceSeq, timestamp }) =>
    Math.abs(timestamp - (log.recordedAtMs[sourceSeq - 1] ?? timestamp)),
  )
  const clockOffMs = Math.max(0, ...offMs)
  verdict.clockOffMs = Math.max(verdict.clockOffMs, clockOffMs)
  if (clockOffMs > MOST_CLOCK_OFF_MS) add('time', [`an event’s time is off by ${Math.round(clockOffMs)} ms`])
  verdict.comebacks += log.comebacks
  verdict.events += kept.length
  return kept
}

async function checkWatchers(
  { sessionId, watched }: SessionLog,
  kept: readonly RecordedEvent[],
  verdict: Verdict,
): Promise<void> {
  for (const one of watched) {
    const hasAll = () => one.lastSeq() >= kept.length
    await waitFor('a watcher to have all', hasAll, 30_000).catch(() => {})
    one.stop()
    const differences = sameRecording(one.events, kept)
    if (differences.length > 0)
      verdict.findings.push({ kind: 'watcher', sessionId, text: differences.slice(0, 3).join(', ') })
    verdict.watchers++
    verdict.watcherResets += one.resets
  }
}

async function checkIntegrity(rig: Rig, sessions: readonly SessionLog[], verdict: Verdict): Promise<void> {
  const check = await openIntegrityCheck(rig)
  const checkOne = async ({ sessionId }: SessionLog) => {
    const text = await check.findingOf(sessionId)
    if (text !== null) verdict.findings.push({ kind: 'integrity', sessionId, text })
  }
  await eachOf(sessions, checkOne, verdict).finally(check.close)
}

/** As retention does once an archive is verified, whole: from here on reads come from the archive. */
async function takeRowsAway({ world: { sql } }: Rig): Promise<void> {
  await sql`update session_recordings set purged_through_seq = event_count where archive_state = 'verified'`
  for (const table of ['session_events', 'code_snapshots', 'claude_interactions', 'test_results']) {
    await sql`
      delete from ${sql(table)}
      where session_id in (select id from session_recordings where archive_state = 'verified')`
  }
}

async function checkArchive(
  { world, servers }: Rig,
  { sessionId }: SessionLog,
  rows: readonly RecordedEvent[],
  verdict: Verdict,
): Promise<void> {
  const archived = await world.readAll(servers[1] as (typeof servers)[number], sessionId)
  const differences = sameRecording(archived, rows)
  if (differences.length > 0)
    verdict.findings.push({ kind: 'archive', sessionId, text: differences.slice(0, 3).join(', ') })
  verdict.archives++
}

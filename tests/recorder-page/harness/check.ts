import { setTimeout as delay } from 'node:timers/promises'
import type { RecordedEvent } from '../../../protocol/events.js'
import { createReplayEngine, latestFiles } from '../../../replay/index.js'
import { checkRecording } from '../../support/checker.js'
import { Oracle, type PageLoad, type ToldEvent } from './oracle.js'
import { rebuildText } from './rebuild.js'
import type { Stack } from './stack.js'

/** What was lost with a page that was killed in the half second before: the one declared loss [R11]. */
export interface DeclaredLoss {
  sourceId: string
  why: string
  events: number
  /** How long before the kill the oldest of them was recorded. */
  oldestMs: number
  /** What the page's recorder had said of itself. */
  state: string
}

export interface Verdict {
  /** What must not be; empty where all is well. */
  findings: string[]
  losses: DeclaredLoss[]
  events: number
  /** How far the times of events are from when they were recorded, at most. */
  clockOffMs: number
}

/** "The outbox is on disk within 500 ms", and as much again for a machine that has others to serve too. */
const ON_DISK_WITHIN_MS = 1_000

/** A clock that was set shows. How exact times are over a link that works, another test asks. */
const MOST_CLOCK_OFF_MS = 5_000

/** What the recorder itself puts between what it is given. */
const OWN_EVENTS =
  /^(custom:(recording_paused|recording_resumed|not_recorded)|second_tab|connection_(lost|restored))$/

const COMMITTED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 100

export async function checkRun(
  { world, server }: Stack,
  sessionId: string,
  { loads }: Oracle,
  fileId: string,
): Promise<Verdict & { kept: readonly RecordedEvent[] }> {
  const read = async () => {
    const kept = await world.readAll(server, sessionId)
    const { sources, eventCount } = await world.getSession(server, sessionId)
    const [rows] = await world.sql<{ count: number; last: number }[]>`
      select count(*)::int as count, coalesce(max(seq), 0)::int as last
      from session_events where session_id = ${sessionId}`
    const isCommitted = rows?.count === kept.length && rows.last === kept.length && eventCount === kept.length
    return { kept, sources, eventCount, rows, isCommitted }
  }
  // A page may have noticed another one just now: what it says of that is read before it is committed.
  const deadlineMs = Date.now() + COMMITTED_WITHIN_MS
  let reading = await read()
  while (!reading.isCommitted && Date.now() < deadlineMs) {
    await delay(LOOK_EVERY_MS)
    reading = await read()
  }
  const { kept, sources, eventCount, rows, isCommitted } = reading
  const numbers = new Map(sources.map(({ sourceId, source }) => [sourceId, source]))

  const bySource = ({ sourceId }: PageLoad) => kept.filter(({ source }) => source === numbers.get(sourceId))

  const findings: string[] = []
  const losses: DeclaredLoss[] = []
  if (!isCommitted)
    findings.push(
      `${rows?.count} rows up to seq ${rows?.last} of ${kept.length} events, counted ${eventCount}`,
    )

  const sent = loads.map((load) => {
    const mine = bySource(load)
    const loss = declaredLoss(load, mine)
    if (loss) losses.push(loss)
    const events = loss ? load.events.slice(0, load.events.length - loss.events) : load.events
    findings.push(...textFindings(load, mine, fileId, loss))
    return { sourceId: load.sourceId, events: withOwnEvents(events, mine, load.end?.how === 'left') }
  })
  const found = checkRecording(sent, kept, (sourceId) => numbers.get(sourceId))
  for (const [what, places] of Object.entries(found)) {
    if (places.length > 0) findings.push(`${what} ${places.length}: ${places.slice(0, 5).join(', ')}`)
  }
  for (const source of numbers.keys()) {
    if (!loads.some(({ sourceId }) => sourceId === source)) findings.push(`source ${source} is nobody's`)
  }
  findings.push(...replayFindings(kept, loads, fileId))
  const clockOffMs = Math.max(0, ...loads.map((load) => clockOff(load, bySource(load))))
  if (clockOffMs > MOST_CLOCK_OFF_MS) findings.push(`an event's time is off by ${clockOffMs.toFixed(0)} ms`)
  return { findings, losses, events: kept.length, clockOffMs, kept }
}

/** Events missing at the end of a killed page's, none older than the outbox may be late. */
function declaredLoss(load: PageLoad, mine: readonly RecordedEvent[]): DeclaredLoss | null {
  const { end, events, sourceId, states } = load
  const keptSeq = mine.at(-1)?.sourceSeq ?? 0
  if (end === null || !Oracle.mayLack(load) || keptSeq >= events.length) return null
  const oldest = events.slice(keptSeq).find((event) => event !== undefined)
  const oldestMs = oldest === undefined ? 0 : end.atMs - oldest.atMs
  if (oldestMs > ON_DISK_WITHIN_MS) return null
  const state = states.at(-1)?.state ?? 'connecting'
  const why = end.wasCutShort ? `${end.why}, then browser-kill` : end.why
  return { sourceId, why, events: events.length - keptSeq, oldestMs, state }
}

function clockOff({ events }: PageLoad, mine: readonly RecordedEvent[]): number {
  const offMs = mine.map(({ sourceSeq, timestamp }) => timestamp - (events[sourceSeq - 1]?.atMs ?? timestamp))
  return Math.max(0, ...offMs.map(Math.abs))
}

/**
 * The recorder's own events, as they were kept, in the places that nobody else's event has. And the last of a page that was
 * left: it may record what it has no time any more to tell the test of.
 */
function withOwnEvents(
  events: readonly (ToldEvent | undefined)[],
  mine: readonly RecordedEvent[],
  wasLeft: boolean,
) {
  const bySeq = new Map(mine.map((event) => [event.sourceSeq, event]))
  const last = Math.max(events.length, mine.at(-1)?.sourceSeq ?? 0)
  return Array.from({ length: last }, (_, i) => {
    const told = events[i]
    const own = bySeq.get(i + 1)
    // Sampling puts into a keystroke for how many it stands.
    if (told?.type === 'keystroke' && own?.type === 'keystroke') return own
    if (told) return { type: told.type, data: told.data, fileId: told.fileId ?? null }
    const isParting = wasLeft && i >= events.length && own
    return isParting || (own && OWN_EVENTS.test(own.type)) ? own : { type: 'unknown to the test', data: null }
  })
}

/** The text that a source's rows lead to is the one that its editor held at its end. */
function textFindings(
  load: PageLoad,
  mine: readonly RecordedEvent[],
  fileId: string,
  loss: DeclaredLoss | null,
): string[] {
  const { text, findings } = rebuildText(mine, fileId)
  const named = findings.map((what) => `${load.sourceId}: ${what}`)
  if (text === Oracle.textOf(load)) return named
  // Less what was lost: a text that the editor held not long before its end.
  const heldBefore = [load.startText, ...load.texts].slice(-1 - (loss?.events ?? 0))
  if (loss && (text === null || heldBefore.includes(text))) return named
  return [...named, `${load.sourceId}: the rebuilt text is not the editor's (${load.end?.why ?? 'living'})`]
}

/** The product's own replay comes to the same: per source, and for the file as it is shown. */
function replayFindings(
  kept: readonly RecordedEvent[],
  loads: readonly PageLoad[],
  fileId: string,
): string[] {
  const engine = createReplayEngine()
  engine.insert(kept)
  const state = engine.stateAt()
  const living = loads.filter(({ end }) => end === null)
  const shown = latestFiles(state).find(({ path }) => path === fileId)?.text
  if (living.length === 0 || living.some((load) => Oracle.textOf(load) === shown)) return []
  return ['replay shows another text than the living editor']
}

import type { RecordedEvent } from '../../protocol/events.js'
import { naiveCode, naivePastes } from './naive/code.js'
import { naiveCategories } from './naive/commands.js'
import { type Data, type Event, pathOf, total } from './naive/events.js'
import { changedLines } from './naive/lines.js'

// The statistics of docs/statistics.md once more, written down as plainly as they can be: over the whole list of
// events, with lists and loops, and with none of the product's code, but for which of several shortest diffs is taken
// (`keptLines`). Bounds are left out. For tests to compare with.

/** What no candidate did. */
export const NO_ACTIVITY =
  /^(proctor_note|proctor_flag|proctor_message|time_extended|rejected|quarantined|gap)$/

export interface NaiveContext {
  startMs: number
  endMs: number | null
  ratings: ReadonlyMap<number, number>
  laterRemarks?: readonly { kind: 'note' | 'flag' }[]
}

/** The numbers under their dotted names (what is null is left out), and the lists. */
export function naiveStatistics(recorded: readonly RecordedEvent[], context: NaiveContext) {
  const events = recorded as readonly Event[]
  const { events: whole, broken } = wholeEvents(events)
  const of = (type: string): Event[] => whole.filter((event) => event.type === type)
  const numbers: Record<string, number | null> = { totalEvents: events.length }

  // Times.
  const times = events.map((event) => event.timestamp).sort((a, b) => a - b)
  const activeTimes = events
    .filter(({ type }) => !NO_ACTIVITY.test(type))
    .map((event) => event.timestamp)
    .sort((a, b) => a - b)
  numbers['activityTimeline.firstEvent'] = times[0] ?? null
  numbers['activityTimeline.lastEvent'] = times.at(-1) ?? null
  const endMs = context.endMs ?? times.at(-1) ?? null
  numbers.duration = endMs === null ? null : Math.max(0, Math.round((endMs - context.startMs) / 1000))
  let activeMs = 0
  const gaps: [number, number][] = []
  for (let i = 1; i < activeTimes.length; i++) {
    const gapMs = activeTimes[i]! - activeTimes[i - 1]!
    if (gapMs <= 300_000) activeMs += gapMs
    if (gapMs > 60_000) gaps.push([activeTimes[i - 1]!, activeTimes[i]!])
  }
  numbers['activityTimeline.totalActiveTime'] = activeMs / 1000
  const idle = gaps.filter((gap) => !inBreak(gap, gaps, events))
  putLengths(numbers, 'activityTimeline.idleGaps', ['count', 'totalSeconds', 'longestSeconds'], idle)

  // Edit bursts.
  const bursts: [number, number][] = []
  for (const { timestamp } of of('code_edit').sort((a, b) => a.timestamp - b.timestamp)) {
    const last = bursts.at(-1)
    if (last !== undefined && timestamp - last[1] <= 30_000) last[1] = timestamp
    else bursts.push([timestamp, timestamp])
  }
  putLengths(numbers, 'activityTimeline.editBursts', ['count', 'totalSeconds', 'longestSeconds'], bursts)
  putLengths(
    numbers,
    'focus',
    ['awayCount', 'awaySeconds', 'longestAwaySeconds'],
    awayTimes(events, Math.min(activeTimes.at(-1) ?? 0, context.endMs ?? Number.POSITIVE_INFINITY)),
  )

  // Files.
  const snapshots = of('code_snapshot')
  const lines = changedLines(snapshots)
  const edited = new Map<string, { edits: number; snapshots: number; added: number; deleted: number }>()
  for (const event of whole) {
    if (!/^(code_edit|code_snapshot|file_write)$/.test(event.type)) continue
    const path = pathOf(event)
    const file = edited.get(path) ?? { edits: 0, snapshots: 0, added: 0, deleted: 0 }
    edited.set(path, file)
    if (event.type === 'code_edit') file.edits++
    if (event.type === 'code_snapshot') file.snapshots++
    const changed = lines.get(event.seq)
    file.added += changed?.added ?? 0
    file.deleted += changed?.deleted ?? 0
  }
  numbers['fileChanges.totalSnapshots'] = snapshots.length
  numbers['fileChanges.uniqueFilesEdited'] = edited.size
  numbers['fileChanges.totalLinesAdded'] = total([...edited.values()].map((file) => file.added))
  numbers['fileChanges.totalLinesDeleted'] = total([...edited.values()].map((file) => file.deleted))
  const mostEditedFiles = [...edited]
    .map(([filePath, f]) => ({
      filePath,
      edits: f.edits,
      snapshots: f.snapshots,
      linesAdded: f.added,
      linesDeleted: f.deleted,
    }))
    .sort((a, b) => b.edits + b.snapshots - a.edits - a.snapshots || (a.filePath < b.filePath ? -1 : 1))
    .slice(0, 5)

  // Tests.
  const results = of('test_result')
  const passes = results.filter((event) => event.data.passed)
  const firstPassMs = passes.length === 0 ? null : Math.min(...passes.map((event) => event.timestamp))
  numbers['testExecution.totalTests'] = results.length
  numbers['testExecution.passed'] = passes.length
  numbers['testExecution.failed'] = results.length - passes.length
  numbers['testExecution.passRate'] = results.length === 0 ? null : (100 * passes.length) / results.length
  numbers['testExecution.averageDuration'] = meanOf(results.map((event) => event.data.duration))
  numbers['testExecution.timeToFirstPass'] =
    firstPassMs === null
      ? null
      : (firstPassMs - Math.min(context.startMs, times[0] ?? context.startMs)) / 1000
  const runs: { source: number; atMs: number; passed: number; failed: number }[] = []
  for (const event of whole) {
    if (event.type !== 'test_run_start' && event.type !== 'test_result') continue
    let run = runs.findLast(({ source }) => source === event.source)
    if (event.type === 'test_run_start' || run === undefined) {
      run = { source: event.source, atMs: event.timestamp, passed: 0, failed: 0 }
      runs.push(run)
    }
    if (event.type === 'test_result') run[event.data.passed ? 'passed' : 'failed']++
  }
  numbers['testExecution.totalRuns'] = runs.length

  // AI.
  const turns = of('ai_interaction')
  numbers['claudeInteractions.totalInteractions'] = turns.length
  for (const role of ['user', 'assistant', 'system'])
    numbers[`claudeInteractions.interactionsByRole.${role}`] = turns.filter(
      (e) => e.data.role === role,
    ).length
  const input = total(turns.map((event) => event.data.inputTokens ?? 0))
  const output = total(turns.map((event) => event.data.outputTokens ?? 0))
  numbers['claudeInteractions.inputTokens'] = input
  numbers['claudeInteractions.outputTokens'] = output
  numbers['claudeInteractions.totalTokensUsed'] = input + output
  numbers['claudeInteractions.averageLatency'] = meanOf(turns.map((event) => event.data.latency))
  numbers['claudeInteractions.averagePromptQuality'] = meanOf(
    turns.map((event) => context.ratings.get(event.seq) ?? event.data.promptQuality),
  )
  numbers['claudeInteractions.aiTurnsBeforeFirstPass'] =
    firstPassMs === null
      ? null
      : turns.filter((event) => event.data.role === 'user' && event.timestamp < firstPassMs).length

  // Terminal.
  const commands = of('terminal_input').map((event) => String(event.data.command))
  numbers['terminalActivity.totalCommands'] = commands.length
  numbers['terminalActivity.uniqueCommands'] = new Set(
    commands.map((command) => command.trim().replace(/\s+/g, ' ')),
  ).size
  for (const category of ['test', 'git', 'file', 'packageManager', 'build', 'run', 'other'])
    numbers[`terminalActivity.commandsByCategory.${category}`] = commands.filter((command) =>
      naiveCategories(command).includes(category),
    ).length

  // Signals and what the recording says of itself.
  numbers['signals.copies'] = of('copy').length
  numbers['signals.fullscreenExits'] = of('fullscreen_exit').length
  numbers['signals.connectionLosses'] = of('connection_lost').length
  numbers['signals.secondTabs'] = of('second_tab').length
  const later = (kind: 'note' | 'flag') =>
    (context.laterRemarks ?? []).filter((remark) => remark.kind === kind).length
  numbers['annotations.notes'] = of('proctor_note').length + later('note')
  numbers['annotations.flags'] = of('proctor_flag').length + later('flag')
  numbers['annotations.messages'] = of('proctor_message').length
  numbers['annotations.timeExtensions'] = of('time_extended').length
  numbers['recording.rejected'] = of('rejected').length
  numbers['recording.quarantined'] = of('quarantined').length
  numbers['recording.lostEvents'] = total(of('gap').map(({ data }) => data.toSeq - data.fromSeq + 1))
  numbers['recording.lateEvents'] = events.filter((event) => event.flags?.includes('late')).length
  numbers['recording.clockFarEvents'] = events.filter((event) => event.flags?.includes('clock_far')).length
  numbers['recording.incompleteTexts'] = broken

  // Code.
  const code = naiveCode(whole)
  const pastes = naivePastes(whole, code.pasteFrom)
  const outside = pastes.filter((paste) => paste.from === 'outside')
  numbers['pastes.count'] = pastes.length
  numbers['pastes.totalChars'] = total(pastes.map((paste) => paste.chars ?? 0))
  numbers['pastes.outsideCount'] = outside.length
  numbers['pastes.outsideChars'] = total(outside.map((paste) => paste.chars ?? 0))
  const sizes = pastes.flatMap((paste) => paste.chars ?? [])
  numbers['pastes.largestChars'] = sizes.length === 0 ? null : Math.max(...sizes)
  for (const origin of ['total', ...ORIGINS])
    numbers[`provenance.${origin}`] = code.chars.filter((one) => origin === 'total' || one === origin).length

  const known = Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== null)
  return { numbers: Object.fromEntries(known), mostEditedFiles, gaps: idle, bursts, runs, files: code.files }
}

const ORIGINS = ['typed', 'pasted', 'moved', 'completed', 'ai', 'program', 'given', 'unexplained']

function meanOf(values: (number | null | undefined)[]): number | null {
  const known = values.filter((value): value is number => typeof value === 'number')
  return known.length === 0 ? null : total(known) / known.length
}
function putLengths(
  numbers: Record<string, number | null>,
  group: string,
  [count, sum, longest]: [string, string, string],
  spans: [number, number][],
): void {
  const lengths = spans.map(([from, to]) => to - from)
  numbers[`${group}.${count}`] = spans.length
  numbers[`${group}.${sum}`] = total(lengths) / 1000
  numbers[`${group}.${longest}`] = lengths.length === 0 ? null : Math.max(...lengths) / 1000
}

/** Long texts that came in pieces, as one event in the place of the last piece. */
export function wholeEvents(events: readonly Event[]): { events: Event[]; broken: number } {
  const list: Event[] = []
  const open = new Map<number, Event[]>()
  let broken = 0
  const long: Record<string, string> = {
    session_start: 'files',
    terminal_input: 'command',
    file_created: 'content',
    file_renamed: 'content',
    code_edit: 'changes',
    code_snapshot: 'content',
    editor_open: 'content',
    test_result: 'output',
    ai_interaction: 'content',
  }
  for (const event of events) {
    const { source, type } = event
    // Its repair may be the very piece that is missing; without one the next event of the source tells.
    if (type === 'quarantined') {
      list.push(event)
      continue
    }
    const part = event.data?.part
    const pieces = open.get(source)
    const goesOn =
      pieces !== undefined &&
      part !== undefined &&
      pieces.at(-1)!.sourceSeq + 1 === event.sourceSeq &&
      pieces[0]!.data.part.id === part.id &&
      pieces[0]!.type === type &&
      part.index === pieces.length
    if (pieces !== undefined && !goesOn) {
      broken++
      open.delete(source)
    }
    if (part === undefined || (part.count === 1 && part.index === 0)) list.push(event)
    else if (!goesOn && part.index > 0) broken++
    else {
      const all = goesOn ? [...pieces, event] : [event]
      open.set(source, all)
      if (all.length < part.count) continue
      open.delete(source)
      const data: Data = { ...all[0]!.data }
      const field = long[type] ?? ''
      const values = all.map((piece) => piece.data[field])
      data[field] = Array.isArray(values[0]) ? values.flat() : values.join('')
      list.push({ ...event, data })
    }
  }
  return { events: list, broken }
}

export function awayTimes(events: readonly Event[], lastMs: number): [number, number][] {
  const input = (event: Event): boolean =>
    /^(keystroke|paste|copy)$/.test(event.type) ||
    (event.type === 'code_edit' && /^(typed|paste|drop|complete|undo|redo)$/.test(event.data.origin))
  const pageEvents = events.filter(
    (event) =>
      input(event) ||
      (event.type === 'code_edit' && event.data.origin === undefined) ||
      /^(tab_hidden|tab_visible|window_blur|window_focus|editor_open|cursor|fullscreen_exit)$/.test(
        event.type,
      ),
  )
  const sources = [...new Set(pageEvents.map((event) => event.source))]
  const pages = sources.map((source) => {
    const own = pageEvents.filter((event) => event.source === source)
    const spans: [number, number][] = []
    for (const [begin, end] of [
      ['tab_hidden', 'tab_visible'],
      ['window_blur', 'window_focus'],
    ]) {
      let fromMs: number | null = null
      for (const event of own) {
        if (event.type === begin) fromMs ??= event.timestamp
        if (fromMs === null) continue
        if (event.type !== end && !(input(event) && event.timestamp > fromMs + 1000)) continue
        spans.push([fromMs, event.timestamp])
        fromMs = null
      }
      if (fromMs !== null) spans.push([fromMs, Number.POSITIVE_INFINITY])
    }
    const away = united(spans)
    const cuts = [own[0]!.timestamp, ...away.flat(), own.at(-1)!.timestamp]
    const front: [number, number][] = []
    for (let i = 0; i < cuts.length; i += 2)
      if (cuts[i]! <= cuts[i + 1]!) front.push([cuts[i]!, cuts[i + 1]!])
    return { away, front }
  })
  const told: [number, number][] = []
  const untilOther: [number, number][] = []
  for (const page of pages) {
    for (const [from, to] of page.away) {
      const starts = pages.filter((other) => other !== page).flatMap((other) => other.front.map(([ms]) => ms))
      const other = Math.min(...starts.filter((ms) => ms >= from))
      if (to === Number.POSITIVE_INFINITY && other <= lastMs) untilOther.push([from, other])
      else told.push([from, Math.min(to, lastMs)])
    }
  }
  // Every moment at which something changes, and whether anybody is away until the next one.
  const away = [...told, ...untilOther].filter(([from, to]) => to > from)
  const front = pages.flatMap((page) => page.front)
  const moments = [...new Set([...away, ...front].flat())].sort((a, b) => a - b)
  const pieces: [number, number][] = []
  for (let i = 1; i < moments.length; i++) {
    const holds = ([from, to]: [number, number]) => from <= moments[i - 1]! && to >= moments[i]!
    if (away.some(holds) && !front.some(holds)) pieces.push([moments[i - 1]!, moments[i]!])
  }
  return united(pieces).filter(
    ([from, to]) => to - from > 1000 || told.some(([a, b]) => a === from && b === to),
  )
}

/** In order, those that touch or overlap as one. */
function united(spans: [number, number][]): [number, number][] {
  const result: [number, number][] = []
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

/** Whether a tab had promised not to record: through the whole gap, or from before its first gap and without an end. */
function inBreak(
  gap: [number, number],
  gaps: readonly [number, number][],
  events: readonly Event[],
): boolean {
  for (const source of new Set(events.map((event) => event.source))) {
    let fromMs: number | null = null
    for (const event of events) {
      if (event.source !== source) continue
      if (event.type === 'custom:recording_paused') fromMs ??= event.timestamp
      if (event.type !== 'custom:recording_resumed' || fromMs === null) continue
      if (fromMs <= gap[0] && event.timestamp >= gap[1]) return true
      fromMs = null
    }
    if (fromMs === null) continue
    for (const [from, to] of gaps) {
      if (from < fromMs) continue
      if (from === gap[0] && to === gap[1]) return true
      break
    }
  }
  return false
}

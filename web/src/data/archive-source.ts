import {
  type ArchivableSnapshot,
  type ArchivedEvent,
  decodeEvents,
  decodeSnapshots,
  snapshotSeqOf,
} from '../../../protocol/archive-lines.js'
import {
  EVENTS_OBJECT,
  KEYFRAMES_OBJECT,
  METADATA_OBJECT,
  OVERVIEW_OBJECT,
  SNAPSHOTS_OBJECT,
  segmentReaching,
} from '../../../protocol/archive-names.js'
import type { RecordedEvent } from '../../../protocol/events.js'
import {
  type ArchivedOverview,
  indexOfArchive,
  type KeyframeLine,
  type LoadedSegment,
  type RecordingIndex,
  type RecordingSource,
} from '../../../replay/index.js'
import { gunzipped, type Member, membersOf, RecordingChanged } from './gzip-members.js'
import { SnapshotTexts } from './snapshot-texts.js'

type Place = Member & { firstSeq: number; lastSeq: number; firstMs: number; lastMs: number }
type Objects = Record<string, { segments: Place[] } | undefined>

interface ArchivedMetadata {
  objects: Objects
  session: { eventCount: number }
  checkpoints: { seq: number; type: string; timestamp: number }[]
  checkpointCount: number
}

export interface ArchiveSourceOptions {
  fetch?: typeof fetch
}

/**
 * A recording from its archive alone, as docs/archive.md specifies it, on any host of static files.
 * @param baseUrl where its objects are, such as `https://host/sessions/{id}`
 */
export function archiveSource(baseUrl: string, options: ArchiveSourceOptions = {}): RecordingSource {
  return new ArchiveSource(baseUrl.replace(/\/$/, ''), options.fetch ?? ((...args) => fetch(...args)))
}

class ArchiveSource implements RecordingSource {
  private objects: Objects = {}
  private readonly snapshots = new SnapshotTexts((n, signal) => this.snapshotMembers(n, signal))

  constructor(
    private readonly baseUrl: string,
    private readonly fetch: typeof globalThis.fetch,
  ) {}

  async loadIndex(signal: AbortSignal): Promise<RecordingIndex> {
    const response = await this.get(OVERVIEW_OBJECT, { signal })
    if (response.ok) {
      const text = await gunzipped(new Uint8Array(await response.arrayBuffer().catch(unfetched)))
      const index = understood(() => {
        const [archived] = JSON.parse(text) as ArchivedOverview[]
        if (archived === undefined) return null
        this.objects = archived.objects
        return indexOfArchive(archived)
      })
      if (index !== null) return index
    } else {
      await response.body?.cancel()
      if (response.status !== 404 && response.status !== 403)
        throw new Error(`The archive answered ${response.status}.`)
    }
    return this.loadOlderIndex(signal)
  }

  async loadSegment(n: number, signal: AbortSignal): Promise<LoadedSegment> {
    const segment = this.objects[EVENTS_OBJECT]?.segments[n]
    if (segment === undefined) throw new Error(`The recording has no segment ${n}.`)
    // What fails here is asked for again, and told, where events refer to it. What they do not refer to is kept: a neighbour
    // mostly does.
    const early = this.snapshots
      .load(this.snapshotsAround(segment), signal)
      .catch(() => new Map<number, string>())
    for await (const text of membersOf(this.rangeOf(EVENTS_OBJECT), [segment], signal)) {
      const events = decodeEvents(text, segment.firstSeq)
      const texts = await this.textsOf(events, early, signal)
      return { events: events.map((event) => recorded(event, texts)), chars: text.length + charsIn(texts) }
    }
    throw new RecordingChanged(`The archive lacks segment ${n}.`)
  }

  async *loadKeyframes(
    firstRun: number,
    lastRun: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly KeyframeLine[]> {
    const runs = this.objects[KEYFRAMES_OBJECT]?.segments.slice(firstRun, lastRun + 1) ?? []
    for await (const text of membersOf(this.rangeOf(KEYFRAMES_OBJECT), runs, signal)) yield keyframesOf(text)
  }

  /** An archive that was written before there were overviews: of what happened when, little is known beforehand. */
  private async loadOlderIndex(signal: AbortSignal): Promise<RecordingIndex> {
    const response = await this.get(METADATA_OBJECT, { signal })
    if (!response.ok) throw new Error(`The archive answered ${response.status}.`)
    const text = await response.text().catch(unfetched)
    return understood(() => this.olderIndex(JSON.parse(text) as ArchivedMetadata))
  }

  private olderIndex(metadata: ArchivedMetadata): RecordingIndex {
    this.objects = metadata.objects
    const segments = metadata.objects[EVENTS_OBJECT]?.segments ?? []
    const marks = metadata.checkpoints.map(({ seq, type, timestamp }) => ({
      atMs: timestamp,
      seq,
      lane: 'checkpoints' as const,
      kind: 'checkpoint' as const,
      label: type.slice(0, 200),
      isCheckpoint: true,
    }))
    const startMs = Math.min(...segments.map((segment) => segment.firstMs))
    const endMs = Math.max(...segments.map((segment) => segment.lastMs))
    return {
      overview: {
        startMs: segments.length === 0 ? 0 : startMs,
        endMs: segments.length === 0 ? 0 : endMs,
        eventCount: metadata.session.eventCount,
        density: { binMs: 1000, edits: [], terminal: [] },
        marks: marks.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq),
        marksLeftOut: metadata.checkpointCount - marks.length,
        silences: [],
        breaks: [],
      },
      segments,
      keyframes: [],
    }
  }

  /**
   * The places of segments of snapshots that reach into a segment of events: they are fetched beside it, which spares a round
   * trip. A snapshot has the seq of the event that brought it, so of those with an end in there none is fetched in vain; of one
   * that has both ends outside only the events tell whether something of it is theirs, and mostly it is.
   */
  private snapshotsAround({ firstSeq, lastSeq }: Place): number[] {
    const { segments = [] } = this.objects[SNAPSHOTS_OBJECT] ?? {}
    const places: number[] = []
    let n = segmentReaching(segments, firstSeq)
    for (; n >= 0 && (segments[n]?.firstSeq ?? Number.POSITIVE_INFINITY) <= lastSeq; n++) places.push(n)
    return places
  }

  /** The texts of the snapshots that events refer to, by seq. `early` are segments of snapshots that are on their way, by place. */
  private async textsOf(
    events: readonly ArchivedEvent[],
    early: Promise<ReadonlyMap<number, string>>,
    signal: AbortSignal,
  ): Promise<Map<number, string>> {
    const texts = new Map<number, string>()
    const seqs = new Set(events.flatMap((event) => snapshotSeqOf(event) ?? []))
    if (seqs.size === 0) return texts
    const { segments = [] } = this.objects[SNAPSHOTS_OBJECT] ?? {}
    const places = [...new Set([...seqs].map((seq) => segmentReaching(segments, seq)))].sort((a, b) => a - b)
    const here = await early
    const missing = places.filter((place) => !here.has(place))
    const late = missing.length === 0 ? here : await this.snapshots.load(missing, signal)
    for (const place of places) {
      for (const row of wantedSnapshots(here.get(place) ?? late.get(place) ?? '', seqs))
        texts.set(row.seq, row.content)
    }
    if (texts.size !== seqs.size)
      throw new RecordingChanged('The archive lacks snapshots that its events refer to.')
    return texts
  }

  private snapshotMembers(places: readonly number[], signal: AbortSignal): AsyncIterable<string> {
    const { segments = [] } = this.objects[SNAPSHOTS_OBJECT] ?? {}
    const members = places.flatMap((place) => segments[place] ?? [])
    return membersOf(this.rangeOf(SNAPSHOTS_OBJECT), members, signal)
  }

  private rangeOf(name: string) {
    return (offset: number, length: number, signal: AbortSignal) =>
      this.get(name, { signal, headers: { range: `bytes=${offset}-${offset + length - 1}` } })
  }

  private get(name: string, init: RequestInit): Promise<Response> {
    return this.fetch(`${this.baseUrl}/${name}`, init).catch(unfetched)
  }
}

/** What a browser says of a network that fails, or of a host that does not allow its page, is no help to anybody. */
function unfetched(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  throw Object.assign(new Error('The archive could not be fetched.'), { code: 'UNREACHABLE' })
}

/** What is made of a text that came, where it is one of an archive. */
function understood<T>(read: () => T): T {
  try {
    return read()
  } catch {
    throw new Error(
      'What the host sent is not the index of an archive. It may answer with a page where a file is missing.',
    )
  }
}

function charsIn(texts: ReadonlyMap<number, string>): number {
  let chars = 0
  for (const text of texts.values()) chars += text.length
  return chars
}

/** The rows with these seqs. Others are not parsed, where their lines say first which one they are. */
function wantedSnapshots(text: string, seqs: ReadonlySet<number>): ArchivableSnapshot[] {
  const lines = text.split('\n').filter((line) => {
    const seq = /^[[,]\{"seq":(\d+),/.exec(line)?.[1]
    return line.length > 1 && (seq === undefined || seqs.has(Number(seq)))
  })
  return decodeSnapshots(
    lines.map((line, i) => (i === 0 ? `[${line.slice(1)}` : line)).join('\n') || '[',
  ).filter((row) => seqs.has(row.seq))
}

/** As every other way of reading a session gives it: the text in its place, the receive time left out. */
function recorded(
  { receivedAtMs: _, ...event }: ArchivedEvent,
  texts: ReadonlyMap<number, string>,
): RecordedEvent {
  const seq = snapshotSeqOf(event)
  return seq === null ? event : { ...event, data: { ...(event.data as object), content: texts.get(seq) } }
}

/** The lines of a run of keyframes, whose text is a piece of one JSON array. */
export const keyframesOf = (text: string): KeyframeLine[] =>
  JSON.parse(`[${text.slice(1, text.endsWith(']') ? -1 : undefined)}]`) as KeyframeLine[]

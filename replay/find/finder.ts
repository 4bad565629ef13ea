import { CHECKPOINT_PASTE_CHARS } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { PartJoiner } from '../exports/whole-events.js'
import { FindInFiles } from './find-in-files.js'
import { FindInTerminal, withoutEscapes } from './find-in-terminal.js'
import {
  beginningOf,
  excerptOf,
  type FindExcerpt,
  type FindHit,
  type FindKind,
  type FindPlace,
  type FindQuery,
} from './hits.js'
import { type Pattern, patternOf } from './pattern.js'

const MAX_HITS = 1000
const MAX_TITLE_CHARS = 200

/** A thing of the recording that holds text, or that is of a kind that can be listed. */
interface Said {
  place: FindPlace
  kind: FindKind | null
  title: string
  texts: readonly string[]
}

/**
 * Looks through a recording, event by event in the order of replay. It keeps the files at the moment it has come to, and
 * the hits: not the events.
 */
export class Finder {
  readonly hits: FindHit[] = []
  private readonly joiner = new PartJoiner()
  private readonly pattern: Pattern | null
  private readonly kinds: ReadonlySet<FindKind>
  private readonly files: FindInFiles | null
  private readonly terminals = new Map<number, FindInTerminal>()

  constructor(
    query: FindQuery,
    private readonly maxHits = MAX_HITS,
  ) {
    this.pattern = query.text === '' ? null : patternOf(query.text)
    this.kinds = new Set(query.kinds)
    this.files = this.pattern === null || this.kinds.size > 0 ? null : new FindInFiles(this.pattern)
  }

  /** No more hits are kept; what is not looked at yet may hold others. */
  get isFull(): boolean {
    return this.hits.length >= this.maxHits
  }

  add(event: RecordedEvent): void {
    if (this.isFull) return
    const whole = this.joiner.join(event)
    if (whole === null) return
    try {
      this.look(whole)
    } catch {
      // An event whose data is not what its type says is left out here as it is in replay.
    }
  }

  private look(event: RecordedEvent): void {
    const { pattern } = this
    if (this.files !== null)
      for (const { path, excerpt } of this.files.add(event)) this.hit(event, 'code', path, excerpt)
    if (event.type === 'terminal_stream') this.lookAtStream(event)
    // What a command printed is found once where its terminal's screen is recorded as well.
    if (COMMAND_TYPES.has(event.type) && this.terminals.has(event.source)) return
    const said = saidBy(event)
    if (said === null || !this.isWanted(said)) return
    if (pattern === null) {
      this.hit(event, said.place, said.title, beginningOf(said.texts.find((text) => text !== '') ?? ''))
      return
    }
    for (const text of said.texts) {
      const at = pattern.indexIn(text)
      if (at < 0) continue
      this.hit(event, said.place, said.title, excerptOf(text, at, at + pattern.length))
      return
    }
  }

  private isWanted({ kind }: Said): boolean {
    if (this.kinds.size > 0) return kind !== null && this.kinds.has(kind)
    return this.pattern !== null
  }

  private lookAtStream(event: RecordedEvent): void {
    const { channel, data } = event.data as { channel: string; data: string }
    if (this.pattern === null || this.kinds.size > 0 || channel !== 'o') return
    let terminal = this.terminals.get(event.source)
    if (terminal === undefined) {
      terminal = new FindInTerminal(this.pattern)
      this.terminals.set(event.source, terminal)
    }
    const excerpt = terminal.add(data)
    if (excerpt !== null) this.hit(event, 'terminal', 'Terminal', excerpt)
  }

  private hit(event: RecordedEvent, place: FindPlace, title: string, excerpt: FindExcerpt): void {
    const { timestamp: atMs, seq } = event
    if (!this.isFull) this.hits.push({ atMs, seq, place, title: title.slice(0, MAX_TITLE_CHARS), excerpt })
  }
}

const COMMAND_TYPES: ReadonlySet<string> = new Set(['terminal_input', 'terminal_output'])
const WHO: Record<string, string> = { user: 'Candidate', assistant: 'Assistant', system: 'System' }
const TOLD: Record<string, string> = {
  proctor_note: 'Note',
  proctor_flag: 'Flag',
  proctor_message: 'Message to the candidate',
}
const AWAY: Record<string, string> = { tab_hidden: 'Tab hidden', window_blur: 'Window left' }

function saidBy(event: RecordedEvent): Said | null {
  const data = (event.data ?? {}) as Record<string, unknown>
  const text = (name: string): string => (typeof data[name] === 'string' ? data[name] : '')
  switch (event.type) {
    case 'terminal_input':
      return { place: 'terminal', kind: null, title: 'Command', texts: [text('command')] }
    case 'terminal_output': {
      const texts = [text('output'), text('stdout'), text('stderr')].map(withoutEscapes)
      return { place: 'terminal', kind: null, title: 'Output of a command', texts }
    }
    case 'ai_interaction':
      return { place: 'chat', kind: 'ai-turns', title: WHO[text('role')] ?? 'Chat', texts: [text('content')] }
    case 'test_result': {
      const failed = data.passed !== true
      const texts = [text('testName'), text('error'), text('output')]
      const title = failed ? 'Failed test' : 'Passed test'
      return { place: 'tests', kind: failed ? 'failed-tests' : null, title, texts }
    }
    case 'paste': {
      const chars = typeof data.lengthChars === 'number' ? data.lengthChars : 0
      const isLong = chars > CHECKPOINT_PASTE_CHARS
      const title = `Pasted ${chars} characters`
      return { place: 'signals', kind: isLong ? 'long-pastes' : null, title, texts: [event.fileId ?? ''] }
    }
    case 'tab_hidden':
    case 'window_blur':
      return { place: 'signals', kind: 'tab-away', title: AWAY[event.type] ?? '', texts: [] }
    case 'proctor_note':
    case 'proctor_flag':
    case 'proctor_message':
      return { place: 'notes', kind: 'notes', title: TOLD[event.type] ?? '', texts: [text('text')] }
    default:
      return null
  }
}

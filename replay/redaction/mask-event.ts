import { isKnownKey, ruleAt } from './fields.js'
import { findVisible } from './follow-terminal.js'
import { type JsonPath, KEY, mapLeaves, pointerOf } from './json-strings.js'
import { maskAll, maskRanges } from './mask.js'
import { findNeedles, type Needles } from './needles.js'
import type { RedactionPlan } from './plan.js'
import { addRange, eachRange, NO_RANGES, type Ranges } from './ranges.js'

/** Where something was masked, in UTF-16 units of a text; the field is a JSON pointer into the event as it is read. */
export interface MaskedPlace {
  readonly seq: number
  readonly field: string
  readonly offset: number
  readonly length: number
}

/** An event as its row has it: a snapshot's `content` may be a reference. */
export interface StoredEvent {
  readonly seq: number
  readonly type: string
  readonly data: unknown
  readonly fileId: string | null
}

export interface MaskedEvent {
  readonly data: unknown
  readonly fileId: string | null
  readonly places: readonly MaskedPlace[]
}

const MAX_FIELD_CHARS = 200

/**
 * The event as it is stored after the redaction; the same objects where nothing changes.
 * @param snapshotText what a reference of a snapshot stands for
 */
export function maskEvent(plan: RedactionPlan, event: StoredEvent, snapshotText?: string): MaskedEvent {
  const { seq, type } = event
  const places: MaskedPlace[] = []
  const mask = (field: string, text: string, ranges: Ranges, hide = maskRanges): string => {
    const hidden = hide(text, ranges)
    if (hidden === text) return text
    for (const [from, to] of eachRange(ranges)) places.push({ seq, field, offset: from, length: to - from })
    return hidden
  }
  const maskLeaf = (path: JsonPath, text: string, wholly: boolean): string => {
    const ranges = wholly ? whole(text) : plan.places.of(seq, pointerOf('/data', path))
    if (ranges.length === 0) return text
    return mask(
      shownField(plan, event, path),
      text,
      ranges,
      ruleAt(type, path) === 'hash' ? zeros : maskRanges,
    )
  }
  const inRange = plan.isInRange(seq)
  let data = mapLeaves(event.data, (leaf, path) => {
    const change = inRange ? changeInRange(type, leaf, path) : 'places'
    if (change === 'zero') return 0
    return typeof leaf === 'string' && change !== 'keep' ? maskLeaf(path, leaf, change === 'mask') : leaf
  })
  const fileId = event.fileId && mask('/fileId', event.fileId, plan.places.of(seq, '/fileId'))
  // The text of a snapshot is kept in a row; only what can refer to none gets its own.
  if (snapshotText !== undefined) {
    const content = mask('/data/content', snapshotText, plan.places.of(seq, '/data/content'))
    if (plan.inlined.has(seq)) data = { ...(data as object), content }
  }
  return { data, fileId, places }
}

/** What becomes of a key, a text or another leaf of an event that is masked whole. */
function changeInRange(type: string, leaf: unknown, path: JsonPath): 'keep' | 'places' | 'mask' | 'zero' {
  const rule = ruleAt(type, path)
  if (rule === 'keep' || isKnownKey(type, path)) return 'keep'
  if (rule === 'given' || rule === 'stream') return 'places'
  if (rule === 'files' && path.length === 3) {
    if (path[2] === 'filePath') return 'keep'
    if (path[2] === 'content') return 'places'
  }
  if (path.at(-1) === KEY) return rule === 'text' || MASKED_KEY.test(String(leaf)) ? 'keep' : 'mask'
  // Numbers of what the vocabulary does not know may say anything.
  if (typeof leaf === 'number') return rule === 'free' || rule === 'files' ? 'zero' : 'keep'
  return 'mask'
}

/** As mapLeaves leaves them. */
const MASKED_KEY = /^[\r\n\u2581-\u2588]*$/

const whole = (text: string): Ranges => (text === '' ? NO_RANGES : [0, text.length])

const zeros = (text: string): string => '0'.repeat(text.length)

/** Names that somebody chose are texts too, so they are told as they are masked. */
function shownField(plan: RedactionPlan, { seq, type }: StoredEvent, path: JsonPath): string {
  const { target } = plan
  const shown = path.map((step, i) => {
    if (typeof step !== 'string') return step
    if (target.kind === 'text') return maskText(target.needles, step)
    const upTo: JsonPath = [...path.slice(0, i + 1), KEY]
    return plan.isInRange(seq) && changeInRange(type, step, upTo) === 'mask' ? maskAll(step) : step
  })
  return pointerOf('/data', shown).slice(0, MAX_FIELD_CHARS)
}

/** A text that no event holds, masked where a needle stands. */
export function maskText(needles: Needles, text: string): string {
  return maskRanges(text, needlesIn(needles, text))
}

export function needlesIn(needles: Needles, text: string): Ranges {
  const ranges: number[] = []
  const found = (from: number, to: number) => addRange(ranges, from, to)
  if (text.includes('\u001b')) findVisible(needles, text, found)
  else findNeedles(needles, text, found)
  return ranges
}

/** JSON that no event holds, with its texts and keys masked where a needle stands. */
export function maskJson(
  needles: Needles,
  value: unknown,
  base: string,
): { value: unknown; places: MaskedPlace[] } {
  const places: MaskedPlace[] = []
  const masked = mapLeaves(value, (leaf, path) => {
    if (typeof leaf !== 'string') return leaf
    const ranges = needlesIn(needles, leaf)
    if (ranges.length === 0) return leaf
    const shown = path.map((step) => (typeof step === 'string' ? maskText(needles, step) : step))
    const field = pointerOf(base, shown).slice(0, MAX_FIELD_CHARS)
    for (const [from, to] of eachRange(ranges))
      places.push({ seq: 0, field, offset: from, length: to - from })
    return maskRanges(leaf, ranges)
  })
  return { value: masked, places }
}

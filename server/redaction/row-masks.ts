import type { RowMasks } from '../../db/redact-rows.js'
import { toColumnText } from '../../db/text.js'
import type { Json } from '../../protocol/events.js'
import { diffLines, type LineDiff } from '../../replay/line-diff.js'
import {
  maskAll,
  maskEvent,
  maskJson,
  maskRanges,
  maskText,
  type Needles,
  needlesIn,
  type RedactionPlan,
  textBeforeDiff,
} from '../../replay/redaction/index.js'

/** What a plan makes of the rows of its session. */
export function rowMasks(plan: RedactionPlan): RowMasks {
  const { target } = plan
  const range = target.kind === 'range' ? target : null
  const needles = target.kind === 'text' ? target.needles : null
  const columnNeedles = needles && inColumns(needles)
  return {
    kind: target.kind,
    fromSeq: range?.fromSeq ?? null,
    toSeq: range?.toSeq ?? null,
    seqs: { [Symbol.iterator]: () => seqsOf(plan) },
    typedSeqs: plan.typedRows,
    snapshotSeqs: [...plan.snapshotRows.keys()],
    previousTextSeqs: [...plan.previousTexts.keys()],
    event: (event, snapshotText) => maskEvent(plan, event, snapshotText),
    snapshot: (seq, row) => {
      const content = maskRanges(row.content, plan.snapshotRows.get(seq) ?? [])
      const { diff, ...counts } = maskedDiff(plan, seq, row, content)
      return { content, diff: diff as Json, ...counts }
    },
    column: (seq, text) =>
      columnNeedles ? maskText(columnNeedles, text) : plan.isInRange(seq) ? maskAll(text) : text,
    name: (text) => (columnNeedles ? maskText(columnNeedles, text) : text),
    remark: (text, whole) => {
      if (whole) return { text: maskAll(text), places: [[0, text.length]] }
      const ranges = columnNeedles ? needlesIn(columnNeedles, text) : []
      const places = ranges.flatMap((from, i) =>
        i % 2 === 0 ? [[from, (ranges[i + 1] ?? from) - from] as const] : [],
      )
      return { text: maskRanges(text, ranges), places }
    },
    json: (value, base) => (needles ? maskJson(needles, value, base) : { value, places: [] }),
    hides: (seq, line) => plan.isInRange(seq) || (needles !== null && holds(needles, line)),
  }
}

/** Those in the range, and those outside of it that change with it. */
function* seqsOf({ target, seqs }: RedactionPlan): Generator<number> {
  if (target.kind === 'text') {
    yield* seqs
    return
  }
  const { fromSeq, toSeq } = target
  for (const seq of seqs) if (seq < fromSeq) yield seq
  for (let seq = fromSeq; seq <= toSeq; seq++) yield seq
  for (const seq of seqs) if (seq > toSeq) yield seq
}

/** As text columns hold them, with U+FFFD for what they can't [R8]. */
const inColumns = ({ texts, maxUnits, visible }: Needles): Needles => ({
  texts: texts.map(toColumnText),
  maxUnits,
  visible,
})

/** The lines between a masked text and the one before it, which is masked where its own row or event is. */
function maskedDiff(
  plan: RedactionPlan,
  seq: number,
  row: { content: string; diff: Json; linesAdded: number; linesDeleted: number },
  content: string,
) {
  const { linesAdded, linesDeleted } = row
  if (row.diff === null) return { diff: null, linesAdded, linesDeleted }
  const { fromSeq, lines } = row.diff as unknown as { fromSeq: number | null; lines: LineDiff }
  const previous = textBeforeDiff(row.content, lines)
  const ranges = fromSeq === null ? plan.previousTexts.get(seq) : plan.snapshotRows.get(fromSeq)
  const { diff, ...counts } = diffLines(maskRanges(previous, ranges ?? []), content)
  return { diff: { fromSeq, lines: diff }, ...counts }
}

/** A line of the buffer is JSON, so a secret stands there with escapes; what was refused was never followed further. */
function holds(needles: Needles, line: string): boolean {
  const escaped = needles.texts.map((text) => JSON.stringify(text).slice(1, -1))
  return [...needles.texts, ...escaped].some((text) => line.includes(text))
}

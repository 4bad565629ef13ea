import { z } from 'zod'
import { applyChanges } from '../apply-changes.js'
import type { InterviewEvent } from '../interview.js'
import { composePatches } from './compose-patches.js'
import { shortenGaps } from './shorten-gaps.js'

/** Every edit of one file, as a linear editing trace has it. Positions are counted in UTF-16 units. */
export const editTraceSchema = z.object({
  startContent: z.string(),
  endContent: z.string(),
  txns: z
    .array(
      z.object({
        time: z.string(),
        patches: z.array(
          z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative(), z.string()]),
        ),
      }),
    )
    .min(1),
})
export type EditTrace = z.infer<typeof editTraceSchema>

/** A file is saved so long after its last change, as an editor with autosave does it. */
export const SNAPSHOT_PAUSE_MS = 2000

/** A trace that was not recorded live begins with an import that has no time of its own. */
const IMPORTED_BEFORE_MS = Date.UTC(2000, 0)

/**
 * One code_edit per transaction at its real time, and a code_snapshot wherever the typing rests.
 * @throws Error when the edits do not lead from startContent to endContent
 */
export function editStream(path: string, language: string, trace: EditTrace): InterviewEvent[] {
  const events: InterviewEvent[] = []
  const offsetsMs = shortenGaps(rebased(trace.txns.map((txn) => Date.parse(txn.time))))
  let text = trace.startContent
  trace.txns.forEach(({ patches }, i) => {
    const offsetMs = offsetsMs[i] as number
    const changes = composePatches(text.length, patches)
    text = applyChanges(text, changes)
    events.push({ offsetMs, type: 'code_edit', fileId: path, data: { changes } })
    if ((offsetsMs[i + 1] ?? Number.POSITIVE_INFINITY) - offsetMs > SNAPSHOT_PAUSE_MS) {
      events.push({
        offsetMs: offsetMs + SNAPSHOT_PAUSE_MS,
        type: 'code_snapshot',
        fileId: path,
        data: { fileName: path.split('/').pop() ?? path, language, content: text },
      })
    }
  })
  if (text !== trace.endContent) throw new Error(`The edits of ${path} do not lead to its endContent.`)
  return events
}

/** An import that is stamped at the beginning of time takes the time of the first real edit. */
function rebased(timesMs: readonly number[]): number[] {
  const firstMs = timesMs.find((timeMs) => timeMs >= IMPORTED_BEFORE_MS) ?? 0
  return timesMs.map((timeMs) => (timeMs < IMPORTED_BEFORE_MS ? firstMs : timeMs))
}

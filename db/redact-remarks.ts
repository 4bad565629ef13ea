import type { Tx } from './connect.js'
import type { RowMasks, Tally } from './redact-rows.js'

const ROWS_AT_ONCE = 200

/** What PostgreSQL refused is kept byte by byte; a line that must not be kept is emptied, its reason stays [R5]. */
export async function maskQuarantined(tx: Tx, sessionId: string, masks: RowMasks): Promise<void> {
  for (let after = '0'; ; ) {
    const rows = await tx<{ id: string; seq: string; original: Buffer }[]>`
      select id, seq, original from quarantined_events where session_id = ${sessionId} and id > ${after}
      order by id limit ${ROWS_AT_ONCE / 10}`
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    const hidden = rows.filter((row) => masks.hides(Number(row.seq), row.original.toString('utf8')))
    await tx`
      update quarantined_events set original = ''::bytea
      where session_id = ${sessionId} and id = any(${hidden.map((row) => row.id)}::bigint[])`
  }
}

interface AnnotationRow {
  id: string
  text: string
  supersedes: string | null
  eventSeq: string | null
}

/** Notes and flags, all their versions. The archive's copy of them is written anew where one changes. */
export async function maskAnnotations(
  tx: Tx,
  sessionId: string,
  masks: RowMasks,
  tally: Tally,
): Promise<void> {
  // Of a range: the notes that are told by its events, and what was made of them later.
  const whole = new Set<string>()
  let changed = 0
  for (let after = '0'; ; ) {
    const rows = await tx<AnnotationRow[]>`
      select a.id, a.text, a.supersedes, ${
        masks.kind === 'range'
          ? tx`(select e.seq from session_events e where e.session_id = a.session_id and e.source = a.source
              and e.source_seq = a.source_seq and e.seq between ${masks.fromSeq} and ${masks.toSeq})`
          : tx`null::bigint`
      } as "eventSeq"
      from annotations a where a.session_id = ${sessionId} and a.id > ${after} order by a.id limit ${ROWS_AT_ONCE}`
    const last = rows.at(-1)
    if (last === undefined) break
    after = last.id
    for (const { id, text, supersedes, eventSeq } of rows) {
      if (eventSeq !== null || (supersedes !== null && whole.has(supersedes))) whole.add(id)
      const masked = masks.remark(text, whole.has(id))
      if (masked.text === text) continue
      changed++
      tally.add(
        masked.places.map(([offset, length]) => ({
          seq: 0,
          field: `/annotations/${id}/text`,
          offset,
          length,
        })),
      )
      await tx`update annotations set text = ${masked.text} where session_id = ${sessionId} and id = ${id}`
    }
  }
  if (changed > 0) {
    await tx`update session_recordings set archived_annotation_count = 0 where id = ${sessionId}`
  }
}

/** The session's own texts, and what earlier redactions say. */
export async function maskSession(tx: Tx, sessionId: string, masks: RowMasks, tally: Tally): Promise<void> {
  const [session] = await tx<{ question: unknown; metadata: unknown }[]>`
    select question, metadata from session_recordings where id = ${sessionId}`
  const question = masks.json(session?.question ?? null, '/session/question')
  const metadata = masks.json(session?.metadata ?? null, '/session/metadata')
  tally.add([...question.places, ...metadata.places])
  if (question.places.length + metadata.places.length > 0) {
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
    await tx`
      update session_recordings set question = ${json(question.value)}::text::json,
        metadata = ${json(metadata.value)}::text::json
      where id = ${sessionId}`
  }
  for (let after = '0'; ; ) {
    const rows = await tx<{ id: string; reason: string; places: unknown }[]>`
      select id, reason, places from redactions where session_id = ${sessionId} and id > ${after}
      order by id limit ${ROWS_AT_ONCE}`
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    for (const { id, reason, places } of rows) {
      const masked = masks.json({ reason, places }, '')
      if (masked.places.length === 0) continue
      const said = masked.value as { reason: string; places: unknown }
      await tx`
        update redactions set reason = ${said.reason}, places = ${JSON.stringify(said.places)}::text::json
        where id = ${id}`
    }
  }
}

import { currentAnnotations, currentRatings, MAX_ANNOTATION_ROWS } from '../../db/annotations.js'
import { iterateEvents } from '../../db/read-events.js'
import { listSources, type SessionRow } from '../../db/sessions.js'
import type { ExportFormat, ExportQuery } from '../../protocol/http/index.js'
import {
  asciicast,
  type ExportedSession,
  gitFastImport,
  htmlReport,
  ndjson,
  type ReportNote,
  statsCsv,
} from '../../replay/exports/index.js'
import type { SessionAnalyses } from '../analysis/session-analyses.js'
import { exportSource } from './export-source.js'

interface Format {
  contentType: string
  /** Behind the session's id in the file's name. */
  ending: string
}

export const EXPORTS: Readonly<Record<ExportFormat, Format>> = {
  asciicast: { contentType: 'application/x-asciicast; charset=utf-8', ending: '.cast' },
  git: { contentType: 'application/x-git-fast-import', ending: '.git-fast-import' },
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', ending: '.ndjson' },
  csv: { contentType: 'text/csv; charset=utf-8; header=present', ending: '-stats.csv' },
  html: { contentType: 'text/html; charset=utf-8', ending: '.html' },
}

/**
 * An export of a session, in pieces. Nothing is read before the first piece is asked for, and then a segment at a
 * time. Throws SESSION_NOT_FOUND, StoreError or ArchiveError, also in the middle.
 */
export async function* makeExport(
  analyses: SessionAnalyses,
  row: SessionRow,
  format: ExportFormat,
  { afterSeq, author }: ExportQuery,
  nowMs: number,
): AsyncGenerator<string> {
  const { stores } = analyses
  if (format === 'ndjson') {
    yield* ndjson(iterateEvents(stores, row.id, { afterSeq }))
    return
  }
  const analysed = await analyses.of(row.id)
  if (format === 'csv') {
    yield* statsCsv(await analysed.stats())
    return
  }
  const timeline = analysed.analysis.timeline({ buckets: 160 })
  const source = exportSource(stores, row.id, timeline.segments, analysed.row.eventCount)
  const session = await exportedSession(analyses, analysed.row)
  if (format === 'asciicast') yield* asciicast(source, session)
  else if (format === 'git') yield* gitFastImport(source, session, { author })
  else {
    yield* htmlReport({
      source,
      session,
      timeline,
      stats: await analysed.stats(),
      notes: await notesOf(analyses, row.id),
      ratings: await currentRatings(stores.db, row.id),
      archiveState: analysed.row.archiveState,
      madeAtMs: nowMs,
    })
  }
}

async function exportedSession({ stores }: SessionAnalyses, row: SessionRow): Promise<ExportedSession> {
  const { id, candidateId, status, question, timeLimit } = row
  return {
    id,
    candidateId,
    status,
    question,
    timeLimitSec: timeLimit,
    startMs: row.startTime.getTime(),
    endMs: row.endTime?.getTime() ?? null,
    sources: await listSources(stores.db, id),
  }
}

async function notesOf({ stores }: SessionAnalyses, sessionId: string): Promise<ReportNote[]> {
  const annotations = await currentAnnotations(stores.db, sessionId, '0', MAX_ANNOTATION_ROWS)
  return annotations.flatMap(({ kind, ...note }) => (kind === 'rating' ? [] : [{ kind, ...note }]))
}

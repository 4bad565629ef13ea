import { currentRatings } from '../../db/annotations.js'
import { MAX_PAGE_BYTES } from '../../db/event-page.js'
import type { Stores } from '../../db/read-events.js'
import { lastStoredSnapshot, storedSnapshots } from '../../db/read-snapshots.js'
import { hashText, toColumnText } from '../../db/text.js'
import type { ArchivableSnapshot } from '../../protocol/archive-lines.js'
import type { ClaudeInteractionView, CodeSnapshotView, TestResultView } from '../../protocol/http/index.js'
import { MAX_FILE_ID_CHARS } from '../../protocol/limits.js'
import { asSent } from '../../protocol/repairs.js'
import { SnapshotChain, snapshotChange } from '../../replay/snapshot-chain.js'
import { type WholeEvent, wholeEvents } from './whole-events.js'

// Turns of the chat and test results are made from the events themselves, wherever those are, so that they read the
// same for a live, a closed and an archived session, and with their original text [R8]. Snapshots are read from what
// the flush has stored, and for what is not flushed yet computed by the same functions.

export async function* claudeInteractions(
  stores: Stores,
  sessionId: string,
  afterSeq: number,
): AsyncGenerator<ClaudeInteractionView> {
  const ratings = await currentRatings(stores.db, sessionId)
  for await (const { event, data, isTooLong } of wholeEvents(
    stores,
    sessionId,
    ['ai_interaction'],
    afterSeq,
  )) {
    yield {
      ...placeOf(event),
      role: String(data.role),
      content: text(data.content),
      model: text(data.model),
      inputTokens: number(data.inputTokens),
      outputTokens: number(data.outputTokens),
      latency: number(data.latency),
      promptQuality: ratings.get(event.seq) ?? number(data.promptQuality),
      ...(isTooLong && { tooLong: true as const }),
    }
  }
}

export async function* testResults(
  stores: Stores,
  sessionId: string,
  afterSeq: number,
): AsyncGenerator<TestResultView> {
  for await (const { event, data, isTooLong } of wholeEvents(stores, sessionId, ['test_result'], afterSeq)) {
    yield {
      ...placeOf(event),
      testName: String(data.testName),
      passed: data.passed === true,
      output: text(data.output),
      error: text(data.error),
      duration: number(data.duration),
      ...(isTooLong && { tooLong: true as const }),
    }
  }
}

export async function* codeSnapshots(
  stores: Stores,
  sessionId: string,
  afterSeq: number,
): AsyncGenerator<CodeSnapshotView> {
  const stored = storedSnapshots(stores, sessionId, afterSeq)
  for (;;) {
    const next = await stored.next()
    if (!next.done) {
      yield snapshotView(next.value)
      continue
    }
    const throughSeq = next.value
    for await (const fresh of unflushedSnapshots(stores, sessionId, throughSeq)) {
      if (fresh.seq > afterSeq) yield fresh
    }
    return
  }
}

/** What the flush will store of what lies above the committed seq. */
async function* unflushedSnapshots(
  stores: Stores,
  sessionId: string,
  throughSeq: number,
): AsyncGenerator<CodeSnapshotView> {
  const chain = new SnapshotChain((fileId, source) =>
    lastStoredSnapshot(stores.db, sessionId, fileId, source, throughSeq),
  )
  for await (const { event, data, isTooLong } of wholeEvents(
    stores,
    sessionId,
    ['code_snapshot'],
    throughSeq,
  )) {
    if (isTooLong) continue
    const { seq, source } = event
    const fileId = toColumnText(event.fileId ?? String(data.fileName).slice(0, MAX_FILE_ID_CHARS))
    const content = String(data.content)
    const previous = await chain.previous(fileId, source)
    if (previous?.content === content) continue
    chain.stored(fileId, { seq, source, content })
    yield {
      seq,
      timestamp: event.timestamp,
      fileId,
      fileName: toColumnText(String(data.fileName)),
      language: typeof data.language === 'string' ? toColumnText(data.language) : null,
      contentHash: hashText(content),
      content,
      ...snapshotChange(previous, content, data.previousContent),
    }
  }
}

const snapshotView = ({ timestampMs, diffFromPrevious, ...row }: ArchivableSnapshot): CodeSnapshotView => ({
  ...row,
  timestamp: timestampMs,
  diffFromPrevious: diffFromPrevious as CodeSnapshotView['diffFromPrevious'],
})

/** Of a repair, whose it was. */
const placeOf = (event: WholeEvent['event']) => {
  const { seq, timestamp, source } = asSent(event)
  return { seq, timestamp, source }
}
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** A page that ends where its limit or its size is reached, the same wherever its items come from. */
export async function pageOf<Item extends { seq: number }>(
  items: AsyncGenerator<Item>,
  limit: number,
): Promise<{ items: Item[]; nextAfterSeq: number | null }> {
  const page: Item[] = []
  let bytes = 0
  for await (const item of items) {
    bytes += JSON.stringify(item).length
    const last = page.at(-1)
    if (last !== undefined && (page.length >= limit || bytes > MAX_PAGE_BYTES)) {
      return { items: page, nextAfterSeq: last.seq }
    }
    page.push(item)
  }
  return { items: page, nextAfterSeq: null }
}

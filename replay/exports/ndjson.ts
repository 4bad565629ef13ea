import type { RecordedEvent } from '../../protocol/events.js'

/** Events one a line, as a page of events has them: nothing joined, nothing resolved, nothing left out. */
export async function* ndjson(pages: AsyncIterable<readonly RecordedEvent[]>): AsyncGenerator<string> {
  for await (const page of pages) for (const event of page) yield `${JSON.stringify(event)}\n`
}

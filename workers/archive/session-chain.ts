import type { Database } from '../../db/connect.js'
import { toStoreError } from '../../db/errors.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import { ChainCheck } from '../../db/integrity/check-chain.js'
import { readLinks } from '../../db/integrity/links.js'
import { readRecords } from '../../db/integrity/redaction-records.js'
import type { SessionRow } from '../../db/sessions.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'

/** The chain over what is archived of a session, compared with the rows as they pass by on their way into the archive. */
export interface SessionChain {
  /** Null of a session from before there was a chain: nothing of it can be signed. */
  integrity: { chain: ArchivedChain; head: string } | null
  eachEvent(pages: AsyncIterable<ArchivableEvent[]>): AsyncIterable<ArchivableEvent[]>
  eachSnapshot(pages: AsyncIterable<ArchivableSnapshot[]>): AsyncIterable<ArchivableSnapshot[]>
  /** Whether all rows that passed by are those that the links were made of. To be asked once, at the end. */
  holds(): boolean
}

/** Throws StoreError. */
export async function openSessionChain({ sql }: Database, row: SessionRow): Promise<SessionChain> {
  try {
    const links = await readLinks(sql, row.id, row.eventCount)
    const records = await readRecords(sql, row.id)
    const check = new ChainCheck(row.id, links)
    const isOlder = links.length === 0 && row.eventCount > 0
    return {
      integrity: isOlder ? null : { chain: { links, records }, head: check.head.toString('hex') },
      async *eachEvent(pages) {
        for await (const page of pages) {
          for (const event of page) check.addEvent(event)
          yield page
        }
      },
      async *eachSnapshot(pages) {
        for await (const page of pages) {
          for (const snapshot of page) check.addSnapshot(snapshot)
          yield page
        }
      },
      holds: () => isOlder || check.faults().length === 0,
    }
  } catch (error) {
    throw toStoreError(error)
  }
}

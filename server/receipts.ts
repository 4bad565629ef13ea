import type { Database } from '../db/connect.js'
import type { Signer } from '../db/integrity/keys.js'
import { readChainHead } from '../db/integrity/links.js'
import { makeReceipt } from '../db/integrity/receipts.js'
import type { Receipt } from '../protocol/http/index.js'

export interface ReceiptContext {
  db: Database
  signer: Signer
  clock: () => number
}

/** Says, signed, how much of a session is committed now. Throws StoreError. */
export async function receiptOf({ db, signer, clock }: ReceiptContext, sessionId: string): Promise<Receipt> {
  return makeReceipt(signer, sessionId, await readChainHead(db, sessionId), clock())
}

import type { Receipt } from '../../protocol/http/receipts.js'
import { checkSignature, type PublicKeys, type Signer } from './keys.js'
import type { ChainHead } from './links.js'

// A receipt says, signed, that a session was recorded through a seq and what the chain's head was there. It stays good
// for ever: whatever is recorded later, or redacted, the chain has this head after this seq.

/** What is signed of a receipt: one line of JSON with the keys in this order. */
const statementOf = ({ sessionId, seq, head, atMs }: Omit<Receipt, 'keyId' | 'signature'>): string =>
  JSON.stringify({ sessionId, seq, head, atMs })

export function makeReceipt(signer: Signer, sessionId: string, chain: ChainHead, atMs: number): Receipt {
  const said = { sessionId, seq: chain.seq, head: chain.head.toString('hex'), atMs }
  return { ...said, ...signer.sign('receipt', statementOf(said)) }
}

export const checkReceipt = (keys: PublicKeys, receipt: Receipt) =>
  checkSignature(keys, 'receipt', statementOf(receipt), receipt)

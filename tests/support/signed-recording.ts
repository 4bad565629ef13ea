import { createHash } from 'node:crypto'
import { firstHeadOf, type Link, LinkHasher, nextHead } from '../../db/integrity/chain.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import { signingKeysOf } from '../../db/integrity/keys.js'
import type { RedactionStatement } from '../../db/integrity/redaction-records.js'
import { aRecording, everyRule, SESSION_ID } from '../../db/test-support/recordings.js'
import { hashText } from '../../db/text.js'

/** A key for golden files, good for nothing else: everybody knows it. */
export const KNOWN_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIL0jFE/iie/Vtw/UQmNbV0Wtbfu2YWuSb6aEnqeFYip0
-----END PRIVATE KEY-----
`

const SIGNED_AT_MS = 1_760_004_000_000
const snapshots = everyRule.snapshots.map((row) => ({ ...row, contentHash: hashText(row.content) }))

/** The recording with one of everything, in links of five events, the second of which was redacted; always the same. */
export function aSignedRecording() {
  const { signer } = signingKeysOf(KNOWN_KEY, 'the known key')
  const links: Link[] = []
  let head = firstHeadOf(SESSION_ID)
  for (let at = 0; at < everyRule.events.length; at += 5) {
    const events = everyRule.events.slice(at, at + 5)
    const [firstSeq, lastSeq] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0]
    const sealedWith = (saltOf: string) => {
      const hasher = new LinkHasher(createHash('sha256').update(`${saltOf} ${firstSeq}`).digest())
      for (const event of events) hasher.addEvent(event)
      for (const row of snapshots) if (row.seq >= firstSeq && row.seq <= lastSeq) hasher.addSnapshot(row)
      return hasher.sealed()
    }
    const now = sealedWith('salt')
    const isMasked = firstSeq === 6
    // What stood there before is known to nobody any more.
    const linesHash = isMasked ? createHash('sha256').update('before').digest() : now.linesHash
    head = nextHead(head, linesHash)
    links.push({
      firstSeq,
      lastSeq,
      salt: isMasked ? null : now.salt,
      linesHash,
      head,
      marks: now.marks,
      masked: isMasked ? now : null,
      createdAtMs: SIGNED_AT_MS - 1000 + at,
    })
  }
  const masked = links[1] as Link
  const said: RedactionStatement = {
    sessionId: SESSION_ID,
    redactionId: '1',
    kind: 'text',
    throughSeq: 12,
    role: 'service',
    author: 'platform',
    atMs: SIGNED_AT_MS - 500,
    events: [[8, 8]],
    links: [[6, 10, masked.masked?.linesHash.toString('hex') ?? '']],
    brokenBefore: [],
  }
  const statement = JSON.stringify(said)
  const chain: ArchivedChain = { links, records: [{ statement, ...signer.sign('redaction', statement) }] }
  return {
    signer,
    chain,
    recording: {
      ...aRecording(everyRule.events, snapshots),
      integrity: { chain, head: head.toString('hex'), signedAtMs: SIGNED_AT_MS, signer },
    },
  }
}

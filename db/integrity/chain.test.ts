import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { canonicalEvent, canonicalSnapshot } from '../../protocol/chain-lines.js'
import { anEvent, aSnapshot, SESSION_ID } from '../test-support/recordings.js'
import { firstHeadOf, type Link, LinkHasher, nextHead, readMarks } from './chain.js'
import { ChainCheck } from './check-chain.js'

const salt = Buffer.alloc(32, 7)
const whole: ArchivableEvent = {
  ...anEvent(1),
  rawTimestamp: 3,
  flags: ['late'],
  receivedAtMs: 5,
}

/** One change of everything that is kept of an event, and of what will be one day. */
const CHANGES = {
  seq: 2,
  type: 'cursor',
  timestampMs: 1,
  dataJson: '{}',
  fileId: null,
  checkpoint: true,
  source: 2,
  sourceSeq: 2,
  receivedAtMs: 6,
  rawTimestamp: 4,
  flags: ['clock_far', 'late'],
  somethingNew: 1,
}

test.each(Object.entries(CHANGES))('the line of an event says its %s', (key, value) => {
  expect(canonicalEvent({ ...whole, [key]: value })).not.toBe(canonicalEvent(whole))
})

test('the line of an event writes each name as JSON does', () => {
  const units = Array.from({ length: 0x180 }, (_, unit) => `a${String.fromCharCode(unit)}`)
  for (const fileId of ['', ...units, 'src/answer [1].ts', '\u2028', '\ud800', '\u{1f600}']) {
    expect(canonicalEvent({ ...whole, fileId })).toContain(`"${whole.type}",${JSON.stringify(fileId)},`)
  }
})

test.each(
  Object.entries({
    seq: 2,
    fileId: 'b',
    fileName: 'b',
    language: null,
    contentHash: '1',
    diffFromPrevious: { fromSeq: 1 },
    linesAdded: 9,
    linesDeleted: 9,
    timestampMs: 1,
  }),
)('the line of a snapshot says its %s', (key, value) => {
  const snapshot = aSnapshot(1, 'text')
  expect(canonicalSnapshot({ ...snapshot, [key]: value })).not.toBe(canonicalSnapshot(snapshot))
})

test('[R15] a link is the hash of its salt and lines, as docs/archive.md writes it out', () => {
  const events = [anEvent(1), anEvent(2, { rawTimestamp: 1.5, flags: ['late'], fileId: null })]
  const snapshot = aSnapshot(2, 'text', { diffFromPrevious: { fromSeq: null } })
  const hasher = new LinkHasher(salt)
  for (const event of events) hasher.addEvent(event)
  hasher.addSnapshot(snapshot)
  const text = [
    '[1,1,1,1760000000100,1760000000107,null,[],"code_edit","src/main.py",false]{"changes":[[1,0,"x"]],"origin":"typed"}',
    '[2,1,2,1760000000200,1760000000207,1.5,["late"],"code_edit",null,false]{"changes":[[2,0,"x"]],"origin":"typed"}',
    `["snapshot",2,"src/main.py","main.py","python",1760000000200,"${'0'.repeat(64)}",1,0]{"fromSeq":null}`,
    '',
  ].join('\n')
  const { linesHash, marks } = hasher.sealed()
  expect(linesHash.toString('hex')).toBe(createHash('sha256').update(salt).update(text).digest('hex'))
  expect(marks).toHaveLength(4)
  const first = createHash('sha256').update(`interviewlm-recorder chain 1\n${SESSION_ID}\n`).digest()
  expect(firstHeadOf(SESSION_ID)).toEqual(first)
  expect(nextHead(first, linesHash)).toEqual(createHash('sha256').update(first).update(linesHash).digest())
})

test('an event has the same mark wherever it stands', () => {
  const markOf = (event: ArchivableEvent) => {
    const hasher = new LinkHasher(salt)
    hasher.addEvent(event)
    return readMarks(hasher.sealed().marks)
  }
  expect(markOf({ ...whole, seq: 900 })).toEqual(markOf(whole))
  expect(markOf({ ...whole, dataJson: '1' })).not.toEqual(markOf(whole))
})

/** A chain over events with so many in each link. */
function chainOver(events: ArchivableEvent[], perLink: number): Link[] {
  const links: Link[] = []
  let head = firstHeadOf(SESSION_ID)
  for (let at = 0; at < events.length; at += perLink) {
    const some = events.slice(at, at + perLink)
    const hasher = new LinkHasher()
    for (const event of some) hasher.addEvent(event)
    const sealed = hasher.sealed()
    head = nextHead(head, sealed.linesHash)
    const place = { firstSeq: some[0]?.seq ?? 0, lastSeq: some.at(-1)?.seq ?? 0 }
    links.push({ ...sealed, ...place, head, masked: null, createdAtMs: 0 })
  }
  return links
}

const events = Array.from({ length: 12 }, (_, i) => anEvent(i + 1))
const faultsOf = (links: readonly Link[], rows = events, sessionId = SESSION_ID) => {
  const check = new ChainCheck(sessionId, links)
  for (const row of rows) check.addEvent(row)
  return check.faults().map(({ kind, firstSeq, lastSeq }) => `${kind} ${firstSeq}–${lastSeq}`)
}

test('[R15] a chain and its rows hold, and each thing that does not is told where it is', () => {
  const links = chainOver(events, 5)
  expect(faultsOf(links)).toEqual([])
  expect(faultsOf(links, [...events, anEvent(13), anEvent(14)])).toEqual(['unlinked 13–14'])
  expect(faultsOf(links, events.slice(0, 11))).toEqual(['rows 11–12'])
  expect(faultsOf(links, events.with(5, anEvent(6, { checkpoint: true })))).toEqual(['rows 6–10'])
  expect(faultsOf(links.toSpliced(1, 1))).toEqual(['link 11–12', 'head 11–12'])
  expect(faultsOf(links, events, '5e551011-0000-4000-8000-000000000002')).toEqual(['head 1–5'])
  const other = { ...(links[1] as Link), linesHash: Buffer.alloc(32) }
  expect(faultsOf(links.with(1, other))).toEqual(['head 6–10', 'rows 6–10'])
  const saltless = { ...(links[0] as Link), salt: null }
  expect(faultsOf(links.with(0, saltless))).toEqual(['link 1–5', 'rows 1–5'])
})

test('rows from before the first link are passed over, and without links nothing is said', () => {
  expect(faultsOf(chainOver(events.slice(4), 4)).filter((fault) => !fault.startsWith('head'))).toEqual([])
  expect(faultsOf([])).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { archiveMetadataSchema, archiveObjectSchema, segmentReaching } from './archive-format.js'

const sha256 = 'ab'.repeat(32)
const segment = (offset: number, length: number, firstSeq: number, lastSeq: number) => ({
  offset,
  length,
  firstSeq,
  lastSeq,
  firstMs: 5,
  lastMs: 5,
  sha256,
})
const object = { count: 3, bytes: 30, sha256, segments: [segment(0, 10, 1, 2), segment(10, 20, 3, 3)] }

const metadata = {
  formatVersion: 1,
  generation: 1,
  session: {
    id: 's',
    candidateId: 'c',
    status: 'COMPLETED',
    startTimeMs: 1,
    endTimeMs: null,
    durationSec: null,
    eventCount: 3,
  },
  sources: [],
  stats: {},
  objects: { 'events.json.gz': object, 'snapshots.json.gz': { count: 0, bytes: 23, sha256, segments: [] } },
  checkpointCount: 0,
  checkpoints: [],
}

test('finds the segment that reaches a seq', () => {
  const segments = [{ lastSeq: 3 }, { lastSeq: 7 }, { lastSeq: 8 }]
  expect([0, 1, 3, 4, 7, 8, 9].map((seq) => segmentReaching(segments, seq))).toEqual([0, 0, 0, 1, 1, 2, -1])
  expect(segmentReaching([], 1)).toBe(-1)
})

describe('metadata.json', () => {
  test('keeps what later versions add beside what it knows', () => {
    const later = {
      ...metadata,
      seal: { head: sha256, signature: 'x' },
      session: { ...metadata.session, question: { id: 'q' } },
      objects: { ...metadata.objects, 'keyframes.json.gz': { ...object, every: 2000 } },
    }
    expect(archiveMetadataSchema.parse(later)).toEqual(later)
  })

  test.each<[string, object]>([
    ['another format version', { ...metadata, formatVersion: 2 }],
    ['no snapshots object', { ...metadata, objects: { 'events.json.gz': object } }],
    ['generation 0', { ...metadata, generation: 0 }],
  ])('refuses %s', (_what, broken) => {
    expect(archiveMetadataSchema.safeParse(broken).success).toBe(false)
  })

  test.each([
    ['a gap between segments', [segment(0, 10, 1, 2), segment(11, 19, 3, 3)]],
    ['overlapping seqs', [segment(0, 10, 1, 2), segment(10, 20, 2, 3)]],
    ['a segment that ends before it starts', [segment(0, 30, 3, 1)]],
    ['bytes beyond the last segment', [segment(0, 10, 1, 3)]],
  ])('refuses %s', (_what, segments) => {
    expect(archiveObjectSchema.safeParse({ ...object, segments }).success).toBe(false)
    expect(archiveObjectSchema.safeParse(object).success).toBe(true)
  })
})

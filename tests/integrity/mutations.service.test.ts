import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addNote } from '../../db/annotations.js'
import { recordedInterview } from '../../scripts/simulate/recorded-interview.js'
import { mutateArchive, readObjects, writeObjects } from '../support/archive-mutations.js'
import { seeded } from '../support/generate.js'
import { openRetentionPath, type RetentionPath } from '../support/retention-path.js'
import { keepRows, mutateRows } from '../support/row-mutations.js'
import { aVerifiableSession, type VerifiableSession } from '../support/verifiable.js'

// VERIFY_MUTATIONS=1000 VERIFY_SEED=7 npm test -- --only service tests/integrity/mutations
const COUNT = Number(process.env.VERIFY_MUTATIONS ?? 90)
const SEED = Number(process.env.VERIFY_SEED ?? 1)
const TIMEOUT_MS = 30_000 + COUNT * 1000

let path: RetentionPath
const recordings: VerifiableSession[] = []
beforeAll(async () => {
  path = await openRetentionPath()
  for (const seed of [1, 2, 3]) recordings.push(await aRecording(seed))
}, 60_000)
afterAll(() => path.close())

const SAMPLE = fileURLToPath(
  new URL('../../scripts/simulate/samples/demo-interview.ndjson.gz', import.meta.url),
)
/** A person's typing, shell, tests and questions. */
const { events } = recordedInterview(SAMPLE)

/** Archived, rated, annotated; the first two redacted, the second without its first rows, the third an interview. */
async function aRecording(seed: number): Promise<VerifiableSession> {
  const shape = seed === 3 ? { flushes: 8, eventsAFlush: 60, interview: events } : { flushes: 3 }
  const session = await aVerifiableSession(path, { seed, ...shape })
  await session.rate()
  await addNote(path.db, session.sessionId, { role: 'proctor', sub: 'p' }, NOTE)
  if (seed !== 3) await session.redact()
  await session.close()
  await session.archive()
  if (seed === 2) await session.purge(60)
  return session
}
const NOTE = {
  kind: 'note' as const,
  text: 'Well done.',
  atMs: 1_700_000_000_000,
  targetSeq: 7,
  event: null,
  requestKey: null,
}

const isFine = (outcome: string) => outcome === 'intact' || outcome === 'redacted'

test(
  `[R15] ${COUNT} random changes to the objects of archives are found, and as many times nothing where there is none`,
  async () => {
    const random = seeded(SEED)
    const missed: string[] = []
    const root = fileURLToPath(path.world.archiveUrl)
    const folders = recordings.map(({ prefix }) => `${root}/${prefix}`)
    const originals = folders.map(readObjects)
    for (let n = 0; n < COUNT; n++) {
      const which = n % recordings.length
      const recording = recordings[which] as VerifiableSession
      const folder = folders[which] as string
      const original = originals[which] as ReturnType<typeof readObjects>
      if (!isFine((await recording.verifyArchive()).outcome)) missed.push(`${n}: a false alarm`)
      const objects = new Map(original)
      const said = mutateArchive(objects, random, originals[(which + 1) % 3] as typeof original)
      writeObjects(folder, objects)
      const verdict = await recording.verifyArchive().catch((error: Error) => ({ outcome: error.name }))
      if (isFine(verdict.outcome)) missed.push(`${n}: ${said}`)
      writeObjects(folder, original)
    }
    expect(missed, `seed ${SEED}`).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  `[R15] ${COUNT} random changes to the rows of sessions are found, and as many times nothing where there is none`,
  async () => {
    const random = seeded(SEED)
    const missed: string[] = []
    for (const recording of recordings) {
      await keepRows(path.world.sql, recording.sessionId)
      for (let n = 0; n < Math.ceil(COUNT / recordings.length); n++) {
        if (!isFine((await recording.verify()).outcome)) missed.push(`${n}: a false alarm`)
        const { said, undo } = await mutateRows(path.world.sql, recording.sessionId, random)
        const verdict = await recording.verify().catch((error: Error) => ({ outcome: error.name }))
        if (isFine(verdict.outcome)) missed.push(`${n}: ${said}`)
        await undo()
      }
    }
    expect(missed, `seed ${SEED}`).toEqual([])
  },
  TIMEOUT_MS,
)

import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeAnnotations } from '../../db/archive/annotations-object.js'
import { openDirectoryStore } from '../../db/archive/directory-store.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { writeRecording } from '../../db/archive/write-recording.js'
import { publicKeysOf } from '../../db/integrity/keys.js'
import { SESSION_ID } from '../../db/test-support/recordings.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import { verifyArchive } from '../../scripts/verify/verify-archive.js'
import { aSignedRecording, KNOWN_KEY } from '../support/signed-recording.js'

// A signed archive, kept for good: what was signed once must verify for ever. When a test here fails, what is signed has
// changed: give it a version of its own and keep verifying this one. Written by
//   WRITE_GOLDEN=1 npx vitest run --project unit tests/integrity/golden
const GOLDEN = join(import.meta.dirname, '../../db/test-support/archive-v1-signed.golden.d')
/** From before there was a chain. */
const UNSIGNED = join(import.meta.dirname, '../../db/test-support/archive-v1.golden.d')
const LIMITS = { maxEvents: 3, maxRawBytes: 100_000 }
const prefix = recordingPrefix(SESSION_ID)
const keys = publicKeysOf(KNOWN_KEY, 'the known key')

const ANNOTATION = {
  id: '7',
  version: '7',
  kind: 'note',
  text: 'Well done — “fine”.',
  author: 'p',
  role: 'proctor',
  atMs: 1,
  targetSeq: null,
  value: null,
  retracted: false,
  source: null,
  sourceSeq: null,
  createdAtMs: 2,
} as const

async function write(root: string): Promise<void> {
  const store = openDirectoryStore(root)
  const { recording, signer } = aSignedRecording()
  await writeRecording(store, prefix, recording, LIMITS)
  async function* pages() {
    yield [ANNOTATION]
  }
  await writeAnnotations(store, prefix, { sessionId: SESSION_ID, generation: 1, signer }, pages() as never)
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-golden-'))
  await write(folder)
  if (process.env.WRITE_GOLDEN) await write(GOLDEN)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bytesOf = (root: string, name: string) => readFileSync(join(root, prefix, name))
const textOf = (root: string, name: string) => bytesOf(root, name).toString('utf8')
const linesOf = (root: string, name: string) => gunzipSync(bytesOf(root, name)).toString('utf8').split('\n')
const verified = (root: string) =>
  verifyArchive({ store: openDirectoryStore(root), prefix, keys }).then(
    ({ outcome, findings, unsigned, redactions }) => ({
      outcome,
      findings,
      unsigned,
      events: redactions.map(({ events }) => events),
    }),
  )

test('[R15] the signed archive verifies as it always has, and so does what is written today', async () => {
  const redacted = { outcome: 'redacted', findings: [], unsigned: [], events: [[[8, 8]]] }
  expect(await verified(GOLDEN)).toEqual(redacted)
  expect(await verified(folder)).toEqual(redacted)
})

test('its lines are the same as then', () => {
  expect(linesOf(folder, 'chain.json.gz')).toEqual(linesOf(GOLDEN, 'chain.json.gz'))
  expect(textOf(folder, 'annotations.json')).toBe(textOf(GOLDEN, 'annotations.json'))
  const keysOf = (root: string) => Object.keys(JSON.parse(textOf(root, 'metadata.json')))
  expect(keysOf(folder)).toEqual(keysOf(GOLDEN))
  expect(keysOf(GOLDEN).at(-1)).toBe('integrity')
})

test('[R15] an archive from before there was a chain is read, and is not signed', async () => {
  const store = openDirectoryStore(UNSIGNED)
  expect((await openRecording(store, prefix)).metadata.integrity).toBeUndefined()
  // Its snapshots have hashes of nothing, which is told too: nothing about it is ever intact.
  expect((await verified(UNSIGNED)).unsigned).toEqual(['metadata.json carries no signature.'])
})

test('[R15] one whose signature was taken out is not signed, and never intact', async () => {
  const store = openDirectoryStore(folder)
  const { integrity: _, ...rest } = JSON.parse(textOf(folder, 'metadata.json'))
  await store.put(`${prefix}/metadata.json`, Buffer.from(`${JSON.stringify(rest)}\n`))
  expect((await verified(folder)).outcome).toBe('not signed')
  await write(folder)
})

// Made of nothing but docs/archive.md, gunzip, SHA-256, Ed25519 and JSON, so that the page stays true.
test('[R15][R16] a verifier written from docs/archive.md finds it good', () => {
  const key = createPublicKey(KNOWN_KEY)
  const isSigned = (kind: string, text: string, signature: string) =>
    verify(
      null,
      Buffer.from(`interviewlm-recorder ${kind} 1\n${text}`),
      key,
      Buffer.from(signature, 'base64url'),
    )
  const sha256 = (...parts: (Buffer | string)[]) => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return hash.digest('hex')
  }
  const text = textOf(GOLDEN, 'metadata.json')
  const metadata = JSON.parse(text)
  const { signature, head } = metadata.integrity
  const empty = text.replace(`"signature":"${signature}"}}\n`, '"signature":""}}\n')
  expect(isSigned('metadata', empty, signature)).toBe(true)
  expect(isSigned('metadata', empty.replace('COMPLETED', 'ABANDONED'), signature)).toBe(false)
  for (const [name, { sha256: said }] of Object.entries<{ sha256: string }>(metadata.objects)) {
    expect([name, sha256(bytesOf(GOLDEN, name))]).toEqual([name, said])
  }

  const rows = (name: string) => JSON.parse(linesOf(GOLDEN, name).join('\n'))
  const chain = rows('chain.json.gz')
  const links = chain.filter((line: object) => !('redaction' in line))
  const records = chain.flatMap((line: { redaction?: object }) => line.redaction ?? [])
  const said = records.map((record: { statement: string; signature: string }) => {
    expect(isSigned('redaction', record.statement, record.signature)).toBe(true)
    return JSON.parse(record.statement)
  })
  const eventLines = canonicalEventLines(metadata)
  const snapshotLines = rows('snapshots.json.gz').map((row: Record<string, unknown>) => [
    row.seq,
    `${JSON.stringify(['snapshot', row.seq, row.fileId, row.fileName, row.language, row.timestamp, row.contentHash, row.linesAdded, row.linesDeleted])}${JSON.stringify(row.diffFromPrevious)}\n`,
  ])
  let before = sha256(`interviewlm-recorder chain 1\n${SESSION_ID}\n`)
  for (const link of links) {
    const within = ([seq]: [number, string]) => seq >= link.firstSeq && seq <= link.lastSeq
    const lines = [...eventLines.filter(within), ...snapshotLines.filter(within)].map(([, line]) => line)
    const { salt, linesHash } = link.masked ?? link
    expect(sha256(Buffer.from(salt, 'hex'), lines.join(''))).toBe(linesHash)
    before = sha256(Buffer.from(before, 'hex'), Buffer.from(link.linesHash, 'hex'))
    expect(before).toBe(link.head)
    if (link.masked) expect(said[0].links).toContainEqual([link.firstSeq, link.lastSeq, linesHash])
  }
  expect(before).toBe(head)

  const annotations = JSON.parse(textOf(GOLDEN, 'annotations.json'))
  const statement = JSON.stringify({
    sessionId: annotations.sessionId,
    generation: annotations.generation,
    sha256: annotations.sha256,
  })
  expect(isSigned('annotations', statement, annotations.signature)).toBe(true)
})

function canonicalEventLines(metadata: {
  objects: Record<string, { segments: Segment[] }>
}): [number, string][] {
  const bytes = bytesOf(GOLDEN, 'events.json.gz')
  const all: [number, string][] = []
  for (const { offset, length, firstSeq } of metadata.objects['events.json.gz']?.segments ?? []) {
    const text = gunzipSync(bytes.subarray(offset, offset + length)).toString('utf8')
    let [source, sourceSeq, receivedAtMs] = [0, 0, 0]
    const lines = text.split('\n').filter((line) => line !== '' && line !== ']')
    for (const [place, lineText] of lines.entries()) {
      const line = JSON.parse(lineText.slice(1))
      const dataText = lineText.slice(lineText.indexOf(',"data":') + 8, -1)
      sourceSeq = line.sourceSeq ?? sourceSeq + 1
      source = line.source ?? source
      if (line.receivedAfterMs !== undefined) receivedAtMs = line.timestamp + line.receivedAfterMs
      if (line.receivedAtMs !== undefined) receivedAtMs = line.receivedAtMs
      const fields = [
        firstSeq + place,
        source,
        sourceSeq,
        line.timestamp,
        receivedAtMs,
        line.rawTimestamp ?? null,
        line.flags ?? [],
        line.type,
        line.fileId ?? null,
        line.checkpoint ?? false,
      ]
      all.push([firstSeq + place, `${JSON.stringify(fields)}${dataText}\n`])
    }
  }
  return all
}

interface Segment {
  offset: number
  length: number
  firstSeq: number
}

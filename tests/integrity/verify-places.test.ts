import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { SESSION_ID } from '../../db/test-support/recordings.js'
import { verify } from '../../scripts/verify/main.js'
import { KNOWN_KEY } from '../support/signed-recording.js'

const GOLDEN = join(import.meta.dirname, '../../db/test-support/archive-v1-signed.golden.d')
const OTHER_ID = SESSION_ID.replace(/.$/, '2')

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString()
    done()
  }
}

let archive: string
let sessions: string
beforeEach(async () => {
  archive = await mkdtemp(join(tmpdir(), 'verify-places-'))
  onTestFinished(() => rm(archive, { recursive: true, force: true }))
  sessions = join(archive, 'sessions')
  await cp(GOLDEN, archive, { recursive: true })
  await writeFile(join(archive, 'key.pem'), KNOWN_KEY)
})

async function verified(path: string) {
  const [out, err] = [new Text(), new Text()]
  const args = [path, '--key', join(archive, 'key.pem'), '--json']
  const code = await verify(args, { env: {}, folder: archive, out, err })
  const lines = out.text.split('\n').filter((line) => line !== '')
  const findings = lines.flatMap((line) => JSON.parse(line).findings.map((one: { text: string }) => one.text))
  return { code, recordings: lines.length, findings, err: err.text }
}

test('an archive, the folder of its sessions and a recording are verified', async () => {
  for (const path of [archive, sessions, join(sessions, SESSION_ID)]) {
    expect(await verified(path)).toEqual({ code: 0, recordings: 1, findings: [], err: '' })
  }
})

test('[R15] a recording whose metadata.json was removed is told, also among others', async () => {
  await rm(join(sessions, SESSION_ID, 'metadata.json'))
  const told = { code: 1, recordings: 1, findings: ['metadata.json is missing.'], err: '' }
  expect(await verified(join(sessions, SESSION_ID))).toEqual(told)
  expect(await verified(archive)).toEqual(told)
})

test('[R15] a recording in the place of another session’s is told, whole as it is', async () => {
  await rename(join(sessions, SESSION_ID), join(sessions, OTHER_ID))
  const findings = [`Here lies the recording of session ${SESSION_ID}, in the place of ${OTHER_ID}.`]
  for (const path of [archive, join(sessions, OTHER_ID)]) {
    expect(await verified(path)).toEqual({ code: 1, recordings: 1, findings, err: '' })
  }
})

test('a copy under a name of its own is the recording that it is', async () => {
  await rename(join(sessions, SESSION_ID), join(archive, 'evidence'))
  expect((await verified(join(archive, 'evidence'))).code).toBe(0)
})

test('what is no recording is passed over', async () => {
  await mkdir(join(archive, 'notes'))
  await writeFile(join(archive, 'notes', 'readme.txt'), 'x')
  expect(await verified(archive)).toMatchObject({ code: 0, recordings: 1 })
})

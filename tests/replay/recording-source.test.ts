import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openRecordingReplayer } from '../../replay/index.js'
import { membersOf, RecordingChanged } from '../../web/src/data/gzip-members.js'
import { archiveSource } from '../../web/src/data/recording-source.js'
import { folderFetch } from '../support/archive-fetch.js'

const GOLDENS = new URL('../../db/test-support/', import.meta.url).href
const SESSION = 'sessions/5e551011-0000-4000-8000-000000000001'
const open = (name: string, options = {}) => {
  const url = `${GOLDENS}${name}/${SESSION}`
  return archiveSource(url, { fetch: folderFetch(url, options) })
}
const signal = new AbortController().signal

describe('an archive alone', () => {
  test('plays, and begins with its overview and what is looked at', async () => {
    const asked: string[] = []
    const replayer = await openRecordingReplayer(open('archive-v1-players.golden.d', { asked }))
    await replayer.ready(replayer.overview.startMs)
    expect(replayer.stateAt(replayer.overview.startMs)?.session?.questionTitle).toBe('Sum')
    expect(asked.slice(0, 2)).toEqual(['overview.json.gz', 'events.json.gz 0'])
    await replayer.ready(replayer.overview.endMs)
    const state = replayer.stateAt(replayer.overview.endMs)
    expect(state?.eventCount).toBe(replayer.overview.eventCount)
    // The text of a snapshot, which lies in an object of its own.
    expect(state?.files.map((file) => file.text)).toContain('#one\nandtwo\nthree\n')
    replayer.close()
  })

  test('plays without its overview, as archives were written before there were any', async () => {
    const replayer = await openRecordingReplayer(open('archive-v1.golden.d'))
    const { endMs, eventCount, marks } = replayer.overview
    expect([eventCount, marks.length]).toEqual([12, 5])
    await replayer.ready(endMs)
    expect(replayer.stateAt(endMs)?.eventCount).toBe(12)
    replayer.close()
  })

  test('that is not there says so', async () => {
    await expect(open('nothing').loadIndex(signal)).rejects.toThrow('404')
  })
})

describe('a segment of events within one of snapshots', () => {
  const line = (data: object) =>
    `{"type":"code_snapshot","timestamp":1,"receivedAfterMs":0,"source":1,"sourceSeq":1,"data":${JSON.stringify(data)}}`
  const member = (text: string) => {
    const bytes = gzipSync(text)
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  const row = {
    seq: 5,
    fileId: 'a',
    fileName: 'a',
    language: null,
    timestamp: 1,
    contentHash: '',
    content: 'text',
  }
  const archive = (data: object, fetchSnapshots: (signal: AbortSignal) => Promise<void>) => {
    const parts: Record<string, ReturnType<typeof member>> = {
      'events.json.gz': member(`[${line(data)}\n`),
      'snapshots.json.gz': member(`[${JSON.stringify(row)}\n`),
    }
    const times = { firstMs: 1, lastMs: 1 }
    const index = (name: string, firstSeq: number, lastSeq: number) => {
      const { bytes, sha256 } = parts[name] as ReturnType<typeof member>
      return { segments: [{ offset: 0, length: bytes.length, firstSeq, lastSeq, ...times, sha256 }] }
    }
    const objects = {
      'events.json.gz': index('events.json.gz', 5, 5),
      'snapshots.json.gz': index('snapshots.json.gz', 1, 9),
    }
    const overview = gzipSync(JSON.stringify([{ overview: {}, keyframes: [], objects }]))
    const asked: string[] = []
    const source = archiveSource('https://host/session', {
      fetch: async (input, init) => {
        const name = String(input).split('/').at(-1) ?? ''
        asked.push(name)
        if (name === 'overview.json.gz') return new Response(overview)
        if (name === 'snapshots.json.gz') await fetchSnapshots(init?.signal as AbortSignal)
        return new Response(new Uint8Array((parts[name] as ReturnType<typeof member>).bytes), { status: 206 })
      },
    })
    return { source, asked }
  }

  test('comes with its snapshots beside it', async () => {
    const { source, asked } = archive({ content: { $snapshot: 5 } }, async () => {})
    await source.loadIndex(signal)
    const loading = source.loadSegment(0, signal)
    // Both are on their way before anything of them came.
    expect([...asked].sort()).toEqual(['events.json.gz', 'overview.json.gz', 'snapshots.json.gz'])
    expect((await loading).events[0]?.data).toEqual({ content: 'text' })
    expect(asked.length).toBe(3)
  })

  test('does not wait for snapshots that it does not refer to', async () => {
    const never = () => new Promise<void>(() => {})
    const { source } = archive({ content: 'text of its own' }, never)
    await source.loadIndex(signal)
    expect((await source.loadSegment(0, signal)).events.length).toBe(1)
  })
})

describe('a host that sends something else', () => {
  const page = '<!doctype html><title>Not here</title>'
  const answered = (answers: Record<string, () => Response>) =>
    archiveSource('https://host/session', {
      fetch: async (url) =>
        answers[String(url).split('/').at(-1) ?? '']?.() ?? new Response(null, { status: 404 }),
    }).loadIndex(signal)

  test.each<[string, Record<string, () => Response>, RegExp]>([
    [
      'a page in the place of what is missing',
      { 'overview.json.gz': () => new Response(page), 'metadata.json': () => new Response(page) },
      /something else than the gzip file/,
    ],
    [
      'its file unpacked',
      { 'overview.json.gz': () => new Response('[{}\n]') },
      /unpack \.gz files on their way \(Content-Encoding\)/,
    ],
    [
      'half a file',
      { 'overview.json.gz': () => new Response(gzipSync('[{}\n]').subarray(0, 15)) },
      /something else than the gzip file/,
    ],
    [
      'a page in the place of an older index',
      { 'metadata.json': () => new Response(page) },
      /not the index of an archive/,
    ],
    [
      'an index of something else',
      { 'overview.json.gz': () => new Response(gzipSync('[{"objects":7}\n]')) },
      /not the index of an archive/,
    ],
  ])('%s: is told apart from one that is away', async (_, answers, words) => {
    const error = await answered(answers).catch((thrown: Error & { code?: string }) => thrown)
    expect(error).toMatchObject({ message: expect.stringMatching(words) })
    expect(error).not.toHaveProperty('code', 'UNREACHABLE')
  })

  test('one that is away, or does not allow the page, is unreachable', async () => {
    const away = () => {
      throw new TypeError('Failed to fetch')
    }
    await expect(answered({ 'overview.json.gz': away })).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
})

describe('members of an object', () => {
  const texts = ['first\n', 'second '.repeat(1000), 'third']
  const members = texts.map((text) => gzipSync(text))
  const bytes = Buffer.concat(members)
  const places = members.map((member, i) => ({
    offset: members.slice(0, i).reduce((sum, one) => sum + one.length, 0),
    length: member.length,
    sha256: createHash('sha256').update(member).digest('hex'),
  }))
  const range = async (offset: number, length: number) =>
    new Response(bytes.subarray(offset, offset + length), { status: 206 })
  const read = async (fetchRange: Parameters<typeof membersOf>[0], from = 0) => {
    const found: string[] = []
    for await (const text of membersOf(fetchRange, places.slice(from), signal)) found.push(text)
    return found
  }

  test('come one by one out of one request, with ranges and without', async () => {
    expect(await read(range)).toEqual(texts)
    expect(await read(range, 1)).toEqual(texts.slice(1))
    expect(await read(async () => new Response(bytes), 1)).toEqual(texts.slice(1))
  })

  test.each<[string, () => Promise<Response>]>([
    ['other bytes', async () => new Response(Buffer.from(bytes).fill(7, 40, 42), { status: 206 })],
    ['fewer bytes', async () => new Response(bytes.subarray(0, 50), { status: 206 })],
    ['an object that ends before', async () => new Response(null, { status: 416 })],
  ])('with %s say that the archive is another one now', async (_, answer) => {
    await expect(read(answer)).rejects.toThrow(RecordingChanged)
  })

  test('of a host that fails are told from those', async () => {
    await expect(read(async () => new Response(null, { status: 503 }))).rejects.toThrow('503')
  })
})

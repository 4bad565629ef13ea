import { describe, expect, test } from 'vitest'
import type { RecordableEvent, RecorderStatus } from '../../client-sdk/src/index.js'
import type { Interview } from './interview.js'
import { playInterview } from './play.js'

const interviewOf = (events: Interview['events'], durationMs: number): Interview => ({
  question: { id: 'q', title: 'Q', difficulty: 'easy', language: 'go' },
  timeLimitSec: 60,
  description: '',
  events,
  durationMs,
  expected: { files: {} },
})

const noted = (count: number, bytes = 10): Interview =>
  interviewOf(
    Array.from({ length: count }, (_, i) => ({
      offsetMs: i * 1000,
      type: 'terminal_input' as const,
      data: { command: 'x'.repeat(bytes) },
    })),
    count * 1000,
  )

/** A recorder whose service confirms only what is waited for. */
function fakeRecorder() {
  const recorded: RecordableEvent[] = []
  const waits: string[] = []
  const status = { recordedSeq: 0, receivedSeq: 0, committedSeq: 0 }
  return {
    recorded,
    waits,
    status: status as unknown as RecorderStatus,
    record(event: RecordableEvent) {
      recorded.push(event)
      return ++status.recordedSeq
    },
    async whenReceived(seq = status.recordedSeq) {
      waits.push(`received ${seq}`)
      status.receivedSeq = seq
    },
    async whenCommitted(seq = status.recordedSeq) {
      waits.push(`committed ${seq}`)
      status.committedSeq = seq
    },
  }
}

/** A clock that stands still but for the sleeping. */
function fakeClock(startMs: number) {
  const clock = { ms: startMs, sleeps: [] as number[], nowMs: () => clock.ms, sleep }
  async function sleep(ms: number) {
    clock.ms += ms
    clock.sleeps.push(ms)
  }
  return clock
}

const play = (
  interview: Interview,
  speed: number | 'max',
  more: Partial<Parameters<typeof playInterview>[0]> = {},
) => {
  const recorder = fakeRecorder()
  const clock = fakeClock(5_000_000)
  const signal = new AbortController().signal
  const done = playInterview({ interview, recorder, speed, clock, signal, maxUncommittedBytes: 1e9, ...more })
  return { done, recorder, clock }
}

test('at a speed, events come that many times as fast, stamped by the recorder', async () => {
  const { done, recorder, clock } = play(noted(4), 10)
  await done
  expect(clock.sleeps).toEqual([100, 100, 100])
  expect(recorder.recorded.map((event) => event.timestamp)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('at full speed nothing waits, and the events keep their pace and end now', async () => {
  const { done, recorder, clock } = play(noted(3), 'max')
  await done
  expect(clock.sleeps).toEqual([])
  expect(recorder.recorded.map((event) => event.timestamp)).toEqual([4_997_000, 4_998_000, 4_999_000])
})

test('session_start tells when it was', async () => {
  const interview = interviewOf([{ offsetMs: 0, type: 'session_start', data: { questionId: 'q' } }], 60_000)
  const { done, recorder } = play(interview, 'max')
  await done
  expect(recorder.recorded[0]?.data).toEqual({
    questionId: 'q',
    startTime: new Date(4_940_000).toISOString(),
  })
})

describe('back-pressure', () => {
  test('at full speed a bounded number of events waits for its ack', async () => {
    const { done, recorder } = play(noted(9000), 'max')
    await done
    expect(recorder.waits).toEqual(['received 2001', 'received 4002', 'received 6003'])
    expect(recorder.recorded).toHaveLength(9000)
  })

  test('at any speed a bounded number of bytes waits for its commit', async () => {
    const { done, recorder } = play(noted(100, 10_000), 1000, { maxUncommittedBytes: 100_000 })
    await done
    expect(recorder.waits.length).toBeGreaterThan(5)
    expect(recorder.waits.every((wait) => wait.startsWith('committed'))).toBe(true)
    expect(recorder.recorded).toHaveLength(100)
  })
})

test('an interruption ends it where it is', async () => {
  const interruption = new AbortController()
  const { done, recorder } = play(noted(100), 1, {
    signal: interruption.signal,
    onRecorded: (seq) => seq === 7 && interruption.abort(),
  })
  await done
  expect(recorder.recorded).toHaveLength(7)
})

test('a recorder that has stopped for good ends it with its error', async () => {
  const recorder = { ...fakeRecorder(), whenReceived: () => Promise.reject(new Error('refused')) }
  await expect(play(noted(9000), 'max', { recorder }).done).rejects.toThrow('refused')
})

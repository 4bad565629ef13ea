import type { Recorder } from '../../client-sdk/src/index.js'
import type { Interview, InterviewEvent } from './interview.js'

/** Time and rest, so that tests need none. */
export interface Clock {
  nowMs(): number
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface Play {
  interview: Interview
  recorder: Pick<Recorder, 'record' | 'status' | 'whenReceived' | 'whenCommitted'>
  /** Times as fast as life, or as fast as the service takes the events. */
  speed: number | 'max'
  /** Events are held back while more than this is not committed: what the recorder has no room for is lost. */
  maxUncommittedBytes: number
  signal: AbortSignal
  clock: Clock
  /** Told of each event right after it was recorded. */
  onRecorded?: (seq: number) => void
}

/** At full speed no more events than this wait for their ack. */
const MAX_UNRECEIVED_EVENTS = 4000
/** So many events are recorded before the connection gets its turn. */
const EVENTS_PER_TURN = 200

/**
 * Records an interview as its candidate. At a speed the recorder stamps each event when it is played; at full
 * speed the events keep their own pace and end now. Resolves when all are recorded, or after `signal` aborted.
 * @throws RecorderError when the recorder stops for good
 */
export async function playInterview(play: Play): Promise<void> {
  const { interview, recorder, speed, signal, clock } = play
  const startMs = clock.nowMs()
  const pressure = new Pressure(play)
  let turn = 0
  for (const event of interview.events) {
    if (speed !== 'max') {
      const waitMs = startMs + event.offsetMs / speed - clock.nowMs()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
    }
    if (++turn % EVENTS_PER_TURN === 0) await clock.sleep(0, signal)
    if (pressure.isHigh) await pressure.relief()
    if (signal.aborted) return
    const atMs = speed === 'max' ? startMs - interview.durationMs + event.offsetMs : clock.nowMs()
    const seq = recorder.record({
      ...recordable(event, atMs),
      ...(speed === 'max' && { timestamp: Math.round(atMs) }),
    })
    pressure.add(seq, event)
    play.onRecorded?.(seq)
  }
}

const recordable = ({ type, data, fileId, checkpoint }: InterviewEvent, atMs: number) => ({
  type,
  data: type === 'session_start' ? { ...data, startTime: new Date(atMs).toISOString() } : data,
  ...(fileId !== undefined && { fileId }),
  ...(checkpoint !== undefined && { checkpoint }),
})

/** How much has been recorded that the service has not confirmed. */
class Pressure {
  private readonly uncommitted: { seq: number; bytes: number }[] = []
  private first = 0
  private bytes = 0

  constructor(private readonly play: Pick<Play, 'recorder' | 'maxUncommittedBytes' | 'speed'>) {}

  get isHigh(): boolean {
    this.forgetCommitted()
    return this.bytes > this.play.maxUncommittedBytes || this.unreceived > MAX_UNRECEIVED_EVENTS
  }

  add(seq: number, event: InterviewEvent): void {
    // Texts are what makes an event large; the rest of it is a few dozen bytes.
    const bytes = JSON.stringify(event.data).length + 100
    this.uncommitted.push({ seq, bytes })
    this.bytes += bytes
  }

  /** Resolves when half of the room is free again. */
  async relief(): Promise<void> {
    const { recorder, maxUncommittedBytes } = this.play
    if (this.unreceived > 0)
      await recorder.whenReceived(recorder.status.recordedSeq - MAX_UNRECEIVED_EVENTS / 2)
    while (this.bytes > maxUncommittedBytes / 2) {
      await recorder.whenCommitted(this.seqAtHalf())
      this.forgetCommitted()
    }
  }

  /** At a speed the recorder buffers as a tab would; only what its buffer can't hold is held back. */
  private get unreceived(): number {
    const { status } = this.play.recorder
    return this.play.speed === 'max' ? status.recordedSeq - status.receivedSeq : 0
  }

  private seqAtHalf(): number {
    let bytes = this.bytes
    let last = 0
    for (const entry of this.uncommitted.slice(this.first)) {
      last = entry.seq
      bytes -= entry.bytes
      if (bytes <= this.play.maxUncommittedBytes / 2) break
    }
    return last
  }

  private forgetCommitted(): void {
    const { committedSeq } = this.play.recorder.status
    for (let next = this.uncommitted[this.first]; next && next.seq <= committedSeq; ) {
      this.bytes -= next.bytes
      next = this.uncommitted[++this.first]
    }
  }
}

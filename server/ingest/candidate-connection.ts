import type { Event } from 'socket.io'
import type { BatchAck, Welcome } from '../../protocol/batch.js'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import type { CandidateToServer, Refusal } from '../../protocol/socket-events.js'
import { isWithinRate, isWithinTerm } from '../auth/socket-guards.js'
import type { TokenTerm } from '../auth/token-term.js'
import type { Claims } from '../auth/tokens.js'
import { retryAfterMsOf, toRecorderError } from '../errors.js'
import { payloadFirst } from '../payload-first.js'
import { type AdmittedSource, admitSource } from './admission.js'
import type { BatchesUnderWay } from './batches-under-way.js'
import type { CandidateContext, CandidateSocket } from './candidate-socket.js'
import type { Writer } from './check-batch.js'
import { type IngestResult, takeBatch } from './ingest.js'
import { Pace } from './pace.js'
import { SourceTimeline } from './source-time.js'

/** Who has connected, as the handshake has found. */
export interface AdmittedCandidate {
  claims: Claims
  sourceId: string
  userAgent: string | null
  admitted: AdmittedSource
  term: TokenTerm
  device: string | null
  /** A page of the candidate, which is there: neither a service nor what sends what an earlier page load left. */
  isPage: boolean
}

const RETRY_AFTER_MS = 500
/**
 * Of one connection [I8]. Twice what `welcome` allows: a recorder that begins again may have a whole window under way
 * that it counts no longer. What is refused here is sent again in its order, as after a gap.
 */
const MAX_IN_FLIGHT = 2 * LIMITS.maxInFlightBatches

/**
 * The connection of one recorder: batches, watermarks, clock.
 *
 * Most connections are idle, and a node has many thousands: hence methods, which they share, in the place of closures, one
 * entrance in the place of a listener for each event, and nothing that is made before it is needed.
 */
export class CandidateConnection {
  private source: AdmittedSource
  private readonly writer: Writer
  /** Once it was asked to wait. */
  private pace: Pace | null = null
  private readmission: Promise<void> | null = null
  private inFlight = 0

  constructor(
    private readonly context: CandidateContext,
    private readonly socket: CandidateSocket,
    private readonly candidate: AdmittedCandidate,
    private readonly underWay: BatchesUnderWay,
  ) {
    this.source = candidate.admitted
    const { candidateTypes } = context
    this.writer = { role: candidate.claims.role, timeline: timelineOf(this.source), candidateTypes }
  }

  /** Takes what the socket receives: the end of its way, which no listener follows. */
  receive(packet: Event): void {
    const { socket, context, candidate } = this
    payloadFirst(packet)
    if (
      !isWithinTerm(socket, candidate.term, packet) ||
      !isWithinRate(context.gate, candidate.claims, packet)
    )
      return
    const [event, ...args] = packet
    switch (event) {
      case 'batch':
        this.takeBatch(...(args as Parameters<CandidateToServer['batch']>))
        break
      case 'watermark':
        void this.tellWatermark(...(args as Parameters<CandidateToServer['watermark']>))
        break
      case 'clock':
        this.tellTime(...(args as Parameters<CandidateToServer['clock']>))
        break
    }
  }

  /** Says where the source stands. */
  welcome(): void {
    const { sessionId, epoch, receivedSeq, committedSeq, keystrokeSampling } = this.source
    const welcome: Welcome = {
      sessionId,
      epoch,
      receivedSeq,
      committedSeq,
      serverTimeMs: this.context.clock(),
      limits: LIMITS,
      ...(keystrokeSampling === null ? {} : { sampling: { keystroke: keystrokeSampling } }),
      ...(this.context.traces === null ? {} : { traced: true }),
    }
    this.socket.emit('welcome', welcome)
  }

  /** Not async: the batch as it was parsed must be let go of before it is answered (ingest.ts). */
  private takeBatch(raw: unknown, ack: (answer: BatchAck) => void): void {
    const { context, underWay } = this
    // Of a server that stops: not answered is sent again, elsewhere.
    if (typeof ack !== 'function' || !underWay.begin()) return
    this.inFlight += 1
    let result: Promise<IngestResult>
    try {
      if (this.inFlight > MAX_IN_FLIGHT) throw context.gate.tooManyInFlight(RETRY_AFTER_MS)
      this.pace?.check()
      result = takeBatch(context, this.source, this.writer, raw)
    } catch (error) {
      result = Promise.reject(error)
    }
    void this.answerBatch(result, ack)
  }

  private async answerBatch(result: Promise<IngestResult>, ack: (answer: BatchAck) => void): Promise<void> {
    try {
      ack(await this.answer(await result))
    } catch (error) {
      ack(this.refusedFor(error, 'batch'))
    } finally {
      this.inFlight -= 1
      this.underWay.done()
    }
  }

  private async answer(result: IngestResult): Promise<BatchAck> {
    switch (result.kind) {
      case 'ok': {
        const { kind, rejected, skipped, ...watermarks } = result
        if (watermarks.retryAfterMs !== undefined) this.askToWait(watermarks.retryAfterMs)
        return { ok: true, ...watermarks, ...(rejected.length > 0 ? { rejected } : {}) }
      }
      case 'gap':
        return refusal('BATCH_GAP', 'Events before this batch are missing.', {
          expectedSeq: result.expectedSeq,
        })
      case 'closed':
        return refusal('SESSION_CLOSED', 'The session is closed.')
      case 'superseded':
        this.socket.emit('control', { kind: 'superseded' })
        return refusal('SUPERSEDED', 'This source has a newer connection.')
      case 'epoch':
      case 'unknown':
        await this.readmit()
        return refusal('EPOCH_CHANGED', 'The buffer has started anew.', {
          expectedSeq: this.source.receivedSeq + 1,
        })
    }
  }

  private askToWait(retryAfterMs: number): void {
    const { clock, onBound } = this.context
    this.pace ??= new Pace(clock, () => onBound('retryAfter'))
    this.pace.asked(retryAfterMs)
  }

  /**
   * After a change of epoch: once, however many batches ran into it. A page comes back with it: that it was there all the
   * time may have been lost with Redis, and its session given up since [R17].
   */
  private readmit(): Promise<void> {
    const { claims, sourceId, userAgent, isPage } = this.candidate
    const { sessionId, fence } = this.source
    const identity = { role: claims.role, sub: claims.sub, sourceId }
    this.readmission ??= admitSource(this.context, sessionId, identity, userAgent, fence, isPage)
      .then((admitted) => {
        this.source = admitted
        this.writer.timeline = timelineOf(admitted)
        // With a welcome a recorder begins anew, and waits for nothing that it was asked before.
        this.pace = null
        this.welcome()
      })
      .finally(() => {
        this.readmission = null
      })
    return this.readmission
  }

  private async tellWatermark(ack: Parameters<CandidateToServer['watermark']>[0]): Promise<void> {
    if (typeof ack !== 'function') return
    const { buffer } = this.context
    try {
      const { source, sessionId } = this.source
      const meta = await buffer.head(sessionId, [`r${source}`, `c${source}`])
      const isOurs = meta?.epoch === this.source.epoch && meta.runId === (await buffer.runId(sessionId))
      if (!isOurs) await this.readmit()
      // Of another epoch nothing counts: what was received in it may be gone.
      const fields = isOurs ? meta.fields : {}
      ack({
        epoch: this.source.epoch,
        receivedSeq: Number(fields[`r${this.source.source}`] ?? this.source.receivedSeq),
        committedSeq: Number(fields[`c${this.source.source}`] ?? this.source.committedSeq),
      })
    } catch (error) {
      ack(this.refusedFor(error, 'watermark'))
    }
  }

  private tellTime(ack: Parameters<CandidateToServer['clock']>[0]): void {
    if (typeof ack === 'function') ack({ serverTimeMs: this.context.clock() })
  }

  private refusedFor(error: unknown, where: string): Refusal {
    const known = toRecorderError(error, (e) => this.context.log(e, where))
    const retryAfterMs = retryAfterMsOf(known) ?? (known.code === 'TRY_LATER' ? RETRY_AFTER_MS : undefined)
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { ok: false, code: known.code, message: known.message, ...retry }
  }
}

const timelineOf = ({ receivedSeq, lastTimestampMs }: AdmittedSource) =>
  new SourceTimeline(receivedSeq, lastTimestampMs)

function refusal(code: ErrorCode, what: string, more: { expectedSeq?: number } = {}): BatchAck {
  return { ok: false, code, message: `${what} ${ERRORS[code].help}`, ...more }
}

import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { Logger } from 'pino'
import { type Namespace, Server } from 'socket.io'
import { openArchive } from '../db/archive/open-archive.js'
import { Recordings } from '../db/archive/recordings.js'
import { EventBuffer } from '../db/buffer/event-buffer.js'
import { TraceNotes } from '../db/buffer/trace-notes.js'
import { openDatabase } from '../db/connect.js'
import { ensureEpoch } from '../db/epochs.js'
import { StoreError } from '../db/errors.js'
import { readTimeLimit } from '../db/extend-time.js'
import { readSigningKeys } from '../db/integrity/keys.js'
import { openJobRequests } from '../db/queues.js'
import { connectPubSub, connectRedis, redisReady } from '../db/redis.js'
import { openTracing } from '../db/tracing/tracing.js'
import { storeNotes, watchStores } from '../db/watch-stores.js'
import { MAX_PACKET_BYTES } from '../protocol/limits.js'
import { CANDIDATE_NAMESPACE, PROCTOR_NAMESPACE } from '../protocol/socket-events.js'
import { makeAccessLog } from './access-log.js'
import { recount } from './analysis/recount.js'
import { SessionAnalyses } from './analysis/session-analyses.js'
import { Turns } from './analysis/turns.js'
import { Gate, type LimitName } from './auth/gate.js'
import { makeVerifier } from './auth/verifier.js'
import { openChat } from './chat/open-chat.js'
import { closeSession } from './close-session.js'
import { eraseNow } from './erase-session.js'
import { makeApp } from './http/app.js'
import { Appender } from './ingest/appender.js'
import { type CandidateNamespace, serveCandidates } from './ingest/candidate-socket.js'
import { candidateTypesFrom } from './ingest/candidate-types.js'
import type { IngestContext } from './ingest/ingest.js'
import { BatchTraces } from './ingest/trace-batches.js'
import { addressOf } from './limits/address.js'
import { type BoundName, Bounds } from './limits/bounds.js'
import { RateLimiter } from './limits/rate-limiter.js'
import { RedisBudget, readRedisMemory } from './limits/redis-budget.js'
import { FactsBook } from './live/facts.js'
import { LiveView } from './live/live-view.js'
import { Lobby } from './live/lobby.js'
import { Previews } from './live/previews.js'
import { ProctorActions } from './live/proctor-actions.js'
import { type ProctorNamespace, serveProctors } from './live/proctor-socket.js'
import { tabRoom, watchRoom } from './live/rooms.js'
import { SecondDevices } from './live/second-device.js'
import { TimeLimits } from './live/time-limits.js'
import { UntoldMessages } from './live/untold-messages.js'
import { makeMetrics } from './metrics.js'
import { receiptOf } from './receipts.js'
import type { ServerSettings } from './settings.js'
import { stopServer } from './stop-server.js'
import { compressForBrowsersOnly, WIRE_COMPRESSION } from './wire-compression.js'

export interface RunningServer {
  host: string
  port: number
  /** In the order of stop-server.ts. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 30_000
/** Of those that go through a whole recording; each may hold some tens of megabytes. */
const READS_AT_ONCE = 4
/** A half-open socket is noticed after the sum of both. */
const PING_INTERVAL_MS = 10_000
const PING_TIMEOUT_MS = 10_000

/** Starts the gateway: candidate ingest, proctor rooms, HTTP API, console. */
export async function startServer(settings: ServerSettings, log: Logger): Promise<RunningServer> {
  const nodeId = randomBytes(6).toString('hex')
  const clock = Date.now
  let isStopping = false
  const logError = (error: unknown, where: string) => {
    if (error instanceof StoreError) {
      log.warn(
        { where, store: error.store, kind: error.kind, code: error.code },
        'a store did not do its part',
      )
      return
    }
    const { name, stack, code } = error as { name?: string; stack?: string; code?: unknown }
    // The first line of a stack repeats the message, which a driver may have filled with what was typed.
    log.error({ where, error: name, code, at: stack?.split('\n').slice(1, 6) }, 'unforeseen error')
  }

  const signing = readSigningKeys(settings.SIGNING_KEY_FILE)
  const redis = connectRedis(settings.REDIS_URL, 'server')
  await redisReady(redis, START_TIMEOUT_MS).catch(() => {
    throw new Error(`REDIS_URL names a Redis that did not answer within ${START_TIMEOUT_MS / 1000} s`)
  })
  const [pub, sub] = [
    connectPubSub(settings.REDIS_URL, 'server-pub'),
    connectPubSub(settings.REDIS_URL, 'server-sub'),
  ]
  const db = openDatabase({
    url: settings.DATABASE_URL,
    applicationName: 'recorder-server',
    maxConnections: settings.DATABASE_CONNECTIONS,
  })
  const buffer = new EventBuffer({
    redis,
    prefix: settings.REDIS_PREFIX,
    shards: settings.SHARDS,
    dueAfterMs: settings.FLUSH_DUE_MS,
    dueEvents: settings.FLUSH_DUE_EVENTS,
  })
  const archive = openArchive(settings.ARCHIVE_URL)
  const stores = { db, buffer, recordings: new Recordings(archive) }
  const jobs = openJobRequests({ redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX })

  const tracing = await openTracing(settings, 'recorder-server', log)
  const traces = tracing && { tracing, notes: new TraceNotes(redis, buffer.keys) }

  const metrics = makeMetrics()
  const bounds = new Bounds(log, metrics.bound, clock)
  const onBound = (bound: BoundName) => bounds.reached(bound)
  const budget = new RedisBudget(() => readRedisMemory(redis), settings.REDIS_BUDGET_BYTES, {
    onReached: (facts) => bounds.reached('redisBudget', facts),
    onLeft: (facts) => bounds.left('redisBudget', facts),
    onReading: (usedBytes, budgetBytes) => {
      metrics.redisUsed.set(usedBytes)
      metrics.redisBudget.set(budgetBytes)
    },
  })
  await budget.start()
  const storeWatch = watchStores({ redis, db, buffer }, storeNotes(log, metrics))
  const limiter = new RateLimiter(redis, settings.REDIS_PREFIX, clock)
  const gate = makeGate(settings, limiter, (limit) => {
    metrics.limited.inc({ limit })
    bounds.reached(limit)
  })
  const door = {
    gate,
    authSecret: settings.AUTH_SECRET,
    addressOf: (request: IncomingMessage) => addressOf(request, settings.TRUST_PROXY),
  }
  const io = new Server({
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: settings.WIRE_COMPRESSION === 'on' && WIRE_COMPRESSION,
    maxHttpBufferSize: MAX_PACKET_BYTES,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    cors: { origin: settings.ALLOWED_ORIGINS === '*' ? true : settings.ALLOWED_ORIGINS.split(',') },
    allowRequest: (request, decide) => {
      compressForBrowsersOnly(request)
      decide(
        null,
        originAllowed(request.headers, settings.ALLOWED_ORIGINS) && gate.mayConnect(door.addressOf(request)),
      )
    },
    // No arrow: Socket.IO calls it with `new`.
    adapter: function adapterOf(namespace: Namespace) {
      // A channel for each watched session, as its events must reach no other node. What is told to tabs is rare: all nodes hear
      // it, and none has a channel for each of its many tabs.
      const subscriptionMode = namespace.name === CANDIDATE_NAMESPACE ? 'static' : 'dynamic'
      const channelPrefix = `${settings.REDIS_PREFIX}io`
      return createShardedAdapter(pub, sub, { subscriptionMode, channelPrefix })(namespace)
    },
  })
  const candidates = io.of(CANDIDATE_NAMESPACE) as unknown as CandidateNamespace
  const proctors = io.of(PROCTOR_NAMESPACE) as unknown as ProctorNamespace
  const ingest: IngestContext = {
    db,
    buffer,
    policy: { closeGraceMs: settings.CLOSE_GRACE_MS },
    clock,
    onBound,
    budget,
    appender: new Appender(buffer, clock, () => bounds.reached('appendQueue')),
    jobs,
    limits: { dueEvents: settings.FLUSH_DUE_EVENTS, backlogSlowEvents: settings.BACKLOG_SLOW_EVENTS },
    candidateTypes: candidateTypesFrom(settings.CANDIDATE_EVENT_TYPES ?? '') ?? undefined,
    traces: traces && new BatchTraces(traces.tracing, traces.notes),
    onWatched: (batch) => live.relay(batch),
    onAppended: ({ events, rejected, clockFar, late }) => {
      metrics.received.inc(events)
      if (rejected > 0) metrics.rejected.inc(rejected)
      if (clockFar > 0) metrics.clockFar.inc(clockFar)
      if (late) metrics.late.inc(events)
    },
  }
  const devices = new SecondDevices(
    ingest,
    settings.SECOND_DEVICE_AFTER_MS,
    (sessionIds) => buffer.metas(sessionIds),
    logError,
  )
  const untold = new UntoldMessages({
    stores,
    tell: (connectionId, message) => candidates.local.to(connectionId).emit('message', message),
    log: logError,
  })
  const live = new LiveView({
    namespace: proctors,
    buffer,
    nodeId,
    idleAfterMs: settings.IDLE_AFTER_MS,
    clock,
    devices,
    untold,
    onTooSlow: () => bounds.reached('watcherQueue'),
    ensureEpoch: (sessionId, meta) =>
      ensureEpoch(db, buffer, { closeGraceMs: settings.CLOSE_GRACE_MS }, sessionId, meta, clock()),
    log: logError,
  })
  const close = {
    ...ingest,
    tellEnded: (sessionId: string) => candidates.to(tabRoom(sessionId)).emit('control', { kind: 'ended' }),
    tellReceipt: async (sessionId: string) => {
      const receipt = await receiptOf({ db, clock, signer: signing.signer }, sessionId)
      candidates.to(tabRoom(sessionId)).emit('control', { kind: 'receipt', receipt })
    },
  }
  const noteAccess = makeAccessLog(db, clock)
  const timeLimits = new TimeLimits({
    readLimit: (sessionId) => readTimeLimit(db, sessionId),
    tellExtended: (connectionId, limit) => tabs.tellExtended(connectionId, limit),
    tellUp: (sessionId) => candidates.local.to(tabRoom(sessionId)).emit('control', { kind: 'time-up' }),
    onUp: async (sessionId) => {
      if (settings.CLOSE_AT_TIME_UP === 'on') await closeSession(close, sessionId, 'COMPLETED')
    },
    clock,
    log: logError,
  })
  const tabs = serveCandidates(candidates, {
    ...ingest,
    ...door,
    onPresence: (page, online) => {
      metrics.candidates.inc(online ? 1 : -1)
      live.candidateChanged(page, online)
      if (online) timeLimits.connected(page)
      else timeLimits.disconnected(page)
    },
    onExtended: (sessionId, endSec) => timeLimits.extended(sessionId, endSec * 1000),
    log: logError,
  })
  const analyses = new SessionAnalyses(stores, new Turns(READS_AT_ONCE))
  const actions = new ProctorActions({
    io,
    ingest,
    close,
    untold,
    nodeId,
    renewTokens: tabs.renew,
    recount: (sessionId) => recount(analyses, sessionId, logError),
  })
  const disconnect = (sessionId: string) => {
    candidates.in(tabRoom(sessionId)).disconnectSockets(true)
    proctors.in(watchRoom(sessionId)).disconnectSockets(true)
  }
  const chat = await openChat(settings, ingest, stores)
  const lobby = new Lobby({
    db,
    buffer,
    presence: live.presence,
    facts: new FactsBook(db, clock),
    previews: new Previews(stores, noteAccess, logError),
    log: logError,
  })
  const watchers = serveProctors(proctors, {
    ...ingest,
    ...door,
    live,
    lobby,
    actions,
    noteAccess,
    log: logError,
  })
  const app = await makeApp({
    ingest,
    close,
    actions,
    chat,
    stores,
    analyses,
    archive,
    signing,
    erase: (sessionId, by) => eraseNow({ stores, disconnect, log: logError }, sessionId, by),
    ...door,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    demo: settings.DEMO === 'on',
    hstsMaxAgeSec: settings.HSTS_MAX_AGE_SEC,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    metrics: metrics.registry,
    board: settings.QUEUE_BOARD === 'on' ? { redis, prefix: settings.REDIS_PREFIX } : null,
    noteAccess,
    traces,
    log: logError,
    onBound,
    whyNotReady: async () => {
      if (isStopping) return 'stopping'
      if (budget.isFull) return 'the buffer is full'
      return storeWatch.check().then(
        () => null,
        () => 'a store is away',
      )
    },
  })
  await app.ready()
  io.attach(app.server)
  await app.listen({ host: settings.HOST, port: settings.PORT })

  return {
    host: settings.HOST,
    port: (app.server.address() as AddressInfo).port,
    stop: () =>
      stopServer({
        app,
        io,
        delayMs: settings.STOP_DELAY_MS,
        unready: () => {
          isStopping = true
        },
        endBatches: tabs.endBatches,
        disconnectSockets: () => {
          candidates.local.disconnectSockets(true)
          proctors.local.disconnectSockets(true)
        },
        stopTimers: () => {
          lobby.stop()
          live.stop()
          tabs.stop()
          watchers.stop()
          limiter.stop()
          timeLimits.stop()
          budget.stop()
          storeWatch.stop()
        },
        stopChat: () => chat.stop(),
        closeStores: async () => {
          await jobs.close()
          await db.close()
          await archive.close()
          await tracing?.stop()
          for (const connection of [redis, pub, sub]) connection.disconnect()
        },
      }),
  }
}

/** The service's own pages are allowed: the console could show nothing live where only the platform's origin is listed. */
function originAllowed({ origin, host }: IncomingHttpHeaders, allowed: string): boolean {
  if (origin === undefined || allowed === '*') return true
  if (URL.canParse(origin) && new URL(origin).host === host) return true
  return allowed.split(',').some((one) => one.trim() === origin)
}

function makeGate(
  settings: ServerSettings,
  limiter: RateLimiter,
  onLimited: (limit: LimitName) => void,
): Gate {
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: jwksUrl } = settings
  const issuer = jwksUrl && { jwksUrl, issuer: settings.AUTH_ISSUER, audience: settings.AUTH_AUDIENCE }
  const limits = {
    perMinute: settings.RATE_LIMIT_PER_MINUTE,
    servicePerMinute: settings.RATE_LIMIT_SERVICE_PER_MINUTE,
    addressPerMinute: settings.RATE_LIMIT_ADDRESS_PER_MINUTE,
    connectionsPerMinute: settings.RATE_LIMIT_CONNECTIONS_PER_MINUTE,
  }
  return new Gate(makeVerifier({ secret, issuer: issuer || undefined }), limiter, limits, onLimited)
}

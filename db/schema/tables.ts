import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'

// Candidates' JSON is kept in columns of type json, never jsonb: jsonb refuses \u0000 and lone surrogates, and
// with them the whole batch; json keeps the text as it was sent [R8]. Text columns hold U+FFFD in their place.

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const seqNumber = (name: string) => bigint(name, { mode: 'number' })
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const sessionRecordings = pgTable(
  'session_recordings',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    candidateId: text('candidate_id').notNull().unique(),
    status: text('status', { enum: ['ACTIVE', 'COMPLETED', 'ABANDONED', 'ERROR'] })
      .notNull()
      .default('ACTIVE'),
    startTime: instant('start_time').notNull().defaultNow(),
    endTime: instant('end_time'),
    /** Seconds from start_time to end_time. */
    duration: integer('duration'),
    /** Also the session's committed seq: its rows have the seqs 1…event_count [I3]. */
    eventCount: seqNumber('event_count').notNull().default(0),
    storagePath: text('storage_path'),
    /** Compressed bytes of all objects of the archive. */
    storageSize: bigint('storage_size', { mode: 'number' }),
    question: json('question'),
    /** Seconds. */
    timeLimit: integer('time_limit'),
    metadata: json('metadata'),
    /** The identity of one life of the buffer; raised here first, then in Redis [R3]. */
    epoch: integer('epoch').notNull().default(0),
    /** The number that the next new source gets; 0 is the service itself. */
    nextSource: integer('next_source').notNull().default(1),
    lastEventAt: instant('last_event_at'),
    closeRequestedAt: instant('close_requested_at'),
    closeStatus: text('close_status', { enum: ['COMPLETED', 'ABANDONED', 'ERROR'] }),
    archiveState: text('archive_state', { enum: ['none', 'pending', 'verified', 'failed'] })
      .notNull()
      .default('none'),
    /** Counts the archives written: late events make a new one [R12]. */
    archiveGeneration: integer('archive_generation').notNull().default(0),
    archiveError: text('archive_error'),
    archiveAttempts: integer('archive_attempts').notNull().default(0),
    /** A failed archive is not tried again before. */
    archiveRetryAt: instant('archive_retry_at'),
    /** When the archive of this generation was read back. By PostgreSQL's own clock. */
    archiveVerifiedAt: instant('archive_verified_at'),
    /** Of so many keystrokes one is recorded; 1 keeps all. */
    keystrokeSampling: integer('keystroke_sampling').notNull().default(10),
    /** The rows up to this seq are gone from session_events and live in the archive alone [R12]; 0: none. */
    purgedThroughSeq: seqNumber('purged_through_seq').notNull().default(0),
    /** How many rows the annotations log of the session has ever got; the archive's copy has so many of them [R16]. */
    annotationCount: integer('annotation_count').notNull().default(0),
    archivedAnnotationCount: integer('archived_annotation_count').notNull().default(0),
    /** Erasure was asked for: to everybody the session is gone, whatever is left of it [R14]. */
    eraseRequestedAt: instant('erase_requested_at'),
    eraseRequestedRole: text('erase_requested_role'),
    eraseRequestedBy: text('erase_requested_by'),
  },
  (t) => [
    check('session_recordings_status', sql`${t.status} in ('ACTIVE', 'COMPLETED', 'ABANDONED', 'ERROR')`),
    index('session_recordings_start').on(t.startTime.desc(), t.id),
    // The sweep asks for these; all others are left out of the indexes.
    index('session_recordings_active').on(t.id).where(sql`status = 'ACTIVE'`),
    index('session_recordings_archive').on(t.id).where(sql`archive_state in ('pending', 'failed')`),
    index('session_recordings_erase').on(t.id).where(sql`erase_requested_at is not null`),
    index('session_recordings_annotations').on(t.id).where(sql`annotation_count > archived_annotation_count`),
  ],
)

const session = () =>
  uuid('session_id')
    .notNull()
    .references(() => sessionRecordings.id, { onDelete: 'cascade' })

/** One writer into a session [R1]. committed_seq is the source's own watermark. */
export const sessionSources = pgTable(
  'session_sources',
  {
    sessionId: session(),
    source: integer('source').notNull(),
    role: text('role', { enum: ['candidate', 'proctor', 'service'] }).notNull(),
    sub: text('sub').notNull(),
    sourceId: text('source_id').notNull(),
    userAgent: text('user_agent'),
    firstSeen: instant('first_seen').notNull().defaultNow(),
    lastSeen: instant('last_seen').notNull().defaultNow(),
    committedSeq: seqNumber('committed_seq').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.sessionId, t.source] }),
    unique('session_sources_identity').on(t.sessionId, t.role, t.sub, t.sourceId),
  ],
)

/**
 * The log. session_id has no row-level foreign key: it would cost 12 µs a row; a statement-level trigger keeps
 * the same promise (docs/decisions/events-foreign-key.md), cascade included.
 */
export const sessionEvents = pgTable(
  'session_events',
  {
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    sessionId: uuid('session_id').notNull(),
    seq: seqNumber('seq').notNull(),
    type: text('type').notNull(),
    timestamp: instant('timestamp').notNull(),
    data: json('data').notNull(),
    fileId: text('file_id'),
    checkpoint: boolean('checkpoint').notNull(),
    source: integer('source').notNull(),
    sourceSeq: seqNumber('source_seq').notNull(),
    receivedAt: instant('received_at').notNull(),
    /** What is rarely there: { rawTimestamp?, flags?, fileId? (where the text column could not hold it) }. */
    meta: json('meta'),
  },
  (t) => [primaryKey({ columns: [t.sessionId, t.seq] })],
)

/**
 * The chain of a session [R15]: a link for each run of events that was committed in one transaction, and with it.
 * db/integrity/chain.ts says what the hashes are of.
 */
export const sessionLinks = pgTable(
  'session_links',
  {
    sessionId: session(),
    firstSeq: seqNumber('first_seq').notNull(),
    lastSeq: seqNumber('last_seq').notNull(),
    /** Of lines_hash; gone where a redaction has masked something of the run. */
    salt: bytea('salt'),
    linesHash: bytea('lines_hash').notNull(),
    head: bytea('head').notNull(),
    /** Two bytes an event, as it stands there now: they tell which one was changed. */
    marks: bytea('marks').notNull(),
    /** What the last redaction has left: the hash of the lines as they stand there now, and its salt. */
    maskedSalt: bytea('masked_salt'),
    maskedHash: bytea('masked_hash'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.sessionId, t.lastSeq] })],
)

/** What was signed of a closed session when its archive was verified, for as long as that archive stands. */
export const sessionSeals = pgTable('session_seals', {
  sessionId: uuid('session_id')
    .primaryKey()
    .references(() => sessionRecordings.id, { onDelete: 'cascade' }),
  /** Of the archive. */
  generation: integer('generation').notNull(),
  /** JSON, exactly as it was signed. */
  statement: text('statement').notNull(),
  keyId: text('key_id').notNull(),
  signature: text('signature').notNull(),
})

export const codeSnapshots = pgTable(
  'code_snapshots',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    /** The seq of the event that brought it; later equal snapshots of the file refer to it. */
    seq: seqNumber('seq').notNull(),
    source: integer('source').notNull(),
    fileId: text('file_id').notNull(),
    fileName: text('file_name').notNull(),
    language: text('language'),
    /** SHA-256, hex, over the JSON-escaped text [R8]. */
    contentHash: text('content_hash').notNull(),
    fullContent: text('full_content').notNull(),
    /** The exact text as a JSON string, only where full_content could not hold it [R8]. */
    contentOriginal: json('content_original'),
    diffFromPrevious: json('diff_from_previous'),
    linesAdded: integer('lines_added').notNull(),
    linesDeleted: integer('lines_deleted').notNull(),
    timestamp: instant('timestamp').notNull(),
  },
  (t) => [
    unique('code_snapshots_seq').on(t.sessionId, t.seq),
    // The flush asks for the last snapshot of a file, to diff against.
    index('code_snapshots_file').on(t.sessionId, t.fileId, t.seq),
  ],
)

export const claudeInteractions = pgTable(
  'claude_interactions',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    seq: seqNumber('seq').notNull(),
    role: text('role').notNull(),
    content: text('content').notNull(),
    model: text('model'),
    inputTokens: bigint('input_tokens', { mode: 'number' }),
    outputTokens: bigint('output_tokens', { mode: 'number' }),
    /** Milliseconds. */
    latency: doublePrecision('latency'),
    /** 1–5. */
    promptQuality: smallint('prompt_quality'),
    timestamp: instant('timestamp').notNull(),
  },
  (t) => [unique('claude_interactions_seq').on(t.sessionId, t.seq)],
)

export const testResults = pgTable(
  'test_results',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    seq: seqNumber('seq').notNull(),
    testName: text('test_name').notNull(),
    passed: boolean('passed').notNull(),
    output: text('output'),
    error: text('error'),
    /** Milliseconds. */
    duration: doublePrecision('duration'),
    timestamp: instant('timestamp').notNull(),
  },
  (t) => [unique('test_results_seq').on(t.sessionId, t.seq)],
)

/** What PostgreSQL refused, exactly as it was buffered, with the reason [R5]. */
export const quarantinedEvents = pgTable(
  'quarantined_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    seq: seqNumber('seq').notNull(),
    type: text('type').notNull(),
    reason: text('reason').notNull(),
    /** The buffered line as UTF-8 bytes: the one column type that refuses nothing. */
    original: bytea('original').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [unique('quarantined_events_seq').on(t.sessionId, t.seq)],
)

/** What was noted and rated, also after the close; the events never change [R16]. Rows are added, never changed. */
export const annotations = pgTable(
  'annotations',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    kind: text('kind', { enum: ['note', 'flag', 'rating'] }).notNull(),
    text: text('text').notNull(),
    author: text('author').notNull(),
    role: text('role').notNull().default('proctor'),
    at: instant('at').notNull(),
    /** The event it is about: of a rating, the rated turn of the chat. */
    targetSeq: seqNumber('target_seq'),
    /** 1–5, of a rating. */
    value: smallint('value'),
    /** The first row of what this one is a later version of; the newest row of them counts. */
    supersedes: bigint('supersedes', { mode: 'number' }),
    /** It takes the others' place by removing them. */
    retracted: boolean('retracted').notNull().default(false),
    /** The event that says the same, of what was noted while the session was active. */
    source: integer('source'),
    sourceSeq: seqNumber('source_seq'),
    /** What its author called it, so that asking again adds nothing [R10]. */
    requestKey: text('request_key'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('annotations_order').on(t.sessionId, t.id),
    unique('annotations_request').on(t.sessionId, t.role, t.author, t.requestKey),
  ],
)

/**
 * What was computed from a session's events up to through_seq, ready to go on from there. Nothing here is more than a
 * copy: all of it can be computed again.
 */
export const sessionAnalyses = pgTable('session_analyses', {
  sessionId: uuid('session_id')
    .primaryKey()
    .references(() => sessionRecordings.id, { onDelete: 'cascade' }),
  /** Of the code that computed it; another version starts anew. */
  version: integer('version').notNull(),
  throughSeq: seqNumber('through_seq').notNull(),
  /** gzip of the JSON of the analysis. */
  state: bytea('state').notNull(),
  /** The statistics that are numbers, by name. Numbers alone, so jsonb is safe [R8]. */
  metrics: jsonb('metrics').notNull(),
  /** By which sessions of the same question are found. */
  questionKey: text('question_key'),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/**
 * What a session that goes on had come to with its events up to through_seq, for those who join it. All of it can be made
 * again.
 */
export const sessionKeyframes = pgTable('session_keyframes', {
  sessionId: uuid('session_id')
    .primaryKey()
    .references(() => sessionRecordings.id, { onDelete: 'cascade' }),
  /** Of the code that made it; another version is none. */
  version: integer('version').notNull(),
  throughSeq: seqNumber('through_seq').notNull(),
  /** How many events there were when it was last made from the first one on. */
  wholeSeq: seqNumber('whole_seq').notNull(),
  /** gzip of the answer to who asks for it. Null where none could be made of these events. */
  answer: bytea('answer'),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/** What was taken out of a recording: where it stood, never what it said. A trigger takes the session's keyframe with each. */
export const redactions = pgTable(
  'redactions',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: session(),
    kind: text('kind', { enum: ['text', 'range'] }).notNull(),
    /** Of a range. */
    fromSeq: seqNumber('from_seq'),
    toSeq: seqNumber('to_seq'),
    /** It covers what was recorded up to here. */
    throughSeq: seqNumber('through_seq').notNull(),
    reason: text('reason').notNull(),
    role: text('role').notNull(),
    author: text('author').notNull(),
    /** How many events were changed. */
    eventCount: integer('event_count').notNull(),
    placeCount: integer('place_count').notNull().default(0),
    /** `[{ seq, field, offset, length }]`, in UTF-16 units; the first ones where there are very many. */
    places: json('places').notNull(),
    /** What was signed of it: JSON, exactly as it was. Null of one from before there was a chain. */
    statement: text('statement'),
    keyId: text('key_id'),
    signature: text('signature'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [index('redactions_session').on(t.sessionId, t.id)],
)

/** Who watched or read what. No foreign key: it outlives the session it speaks of [R14]. */
export const accessLog = pgTable(
  'access_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull().defaultNow(),
    role: text('role').notNull(),
    sub: text('sub').notNull(),
    action: text('action').notNull(),
    sessionId: uuid('session_id').notNull(),
  },
  (t) => [
    index('access_log_session').on(t.sessionId, t.at),
    index('access_log_erased').on(t.at).where(sql`action in ('erase', 'expire')`),
  ],
)

/**
 * Bounds of the wire. All sizes count UTF-8 bytes of JSON [R7].
 * `maxBatchBytes` must stay above `maxEventBytes`, or a legal event could never travel.
 */
export interface WireLimits {
  maxEventBytes: number
  maxBatchBytes: number
  maxBatchEvents: number
  /** How many batches a recorder may have sent and not yet seen acked. */
  maxInFlightBatches: number
}

export const LIMITS: WireLimits = {
  maxEventBytes: 1024 * 1024,
  maxBatchBytes: 2 * 1024 * 1024,
  maxBatchEvents: 500,
  maxInFlightBatches: 8,
}

/**
 * The largest packet the gateway reads at all: 8 MiB. Above it the connection is cut (WebSocket close 1009), so it
 * lies well over `maxBatchBytes`: a batch that is merely too large gets an error code instead.
 */
export const MAX_PACKET_BYTES = 8_388_608

export const MAX_SOURCE_ID_CHARS = 128
export const MAX_TYPE_CHARS = 80
/** Three bytes each at most: more would not fit into an index row of PostgreSQL (2,704 bytes). */
export const MAX_FILE_ID_CHARS = 800
export const MAX_TEXT_CHARS = 4000
/** A caller's own name of a write, by which it is told from its repetition [R10]. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,100}$/

/**
 * Lists and objects within each other in `data`. Far below what makes JSON.stringify run out of stack, so that
 * whoever reads an event later, under however many calls of their own, can write it out again [I7].
 */
export const MAX_DATA_DEPTH = 256

/** A timestamp further than this from the receive time, a day, is kept and flagged, never refused [R2]. */
export const CLOCK_FAR_MS = 86_400_000

/** A timestamp older than this, 30 days, can't be right and is stored beside its neighbours' instead [R2]. */
export const CLOCK_PAST_MAX_MS = 2_592_000_000

import type { Backoff } from './backoff.js'

/** An answer that has not come by then will not: the socket is half-open. Socket.IO itself notices in 45 s. */
export const ANSWER_TIMEOUT_MS = 15_000
/** The welcome of a new epoch, once a batch was refused because of it. */
export const EPOCH_TIMEOUT_MS = 5_000
/** The token function and the handshake together. */
export const OPENING_TIMEOUT_MS = 20_000

/** A recorder lags when its oldest unreceived event is this old. */
export const LAG_MS = 5_000
/** How often a recorder that holds uncommitted events asks how far they are [R4]. */
export const WATERMARK_MS = 4_000
/** The same while somebody waits for it. */
export const AWAITED_WATERMARK_MS = 1_000
/** How long a recorder of a closed session watches what was received being committed. */
export const DRAIN_TIMEOUT_MS = 30_000

/** A few quick looks at the server's clock find one with a short round trip. */
export const FIRST_CLOCK_ASKS = 4
export const FIRST_CLOCK_ASK_MS = 100
export const CLOCK_ASK_MS = 30_000
/** The clock is known well when it can't be off by more than this: the answer of a link of up to 80 ms. */
export const GOOD_CLOCK_ERROR_MS = 40
/** How long what was recorded waits for that after a welcome; then the best that is known counts. */
export const CLOCK_PATIENCE_MS = 500

/** A connection that held so long was a good one; losing it is not one more failure in a row. */
export const STABLE_MS = 5_000
/** Acks come again within 3 s of the service's return: after the longest wait, connecting and being welcomed have as long. */
export const CONNECT_BACKOFF: Backoff = { firstMs: 300, mostMs: 1_500 }
/** After two minutes offline there is no hurry, and others come back at the same moment. */
export const LONG_OFFLINE_FAILURES = 110
export const LONG_OFFLINE_BACKOFF: Backoff = { firstMs: 15_000, mostMs: 15_000 }
/** Acks come again within 3 s of a store's return, so no wait for it is longer than that. */
export const REFUSED_BACKOFF: Backoff = { firstMs: 500, mostMs: 1_500 }
/** The service misses what it once called committed; it waits for a term, then records a gap [R6]. */
export const HOLE_BACKOFF: Backoff = { firstMs: 2_000, mostMs: 30_000 }

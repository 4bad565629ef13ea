import type { WireLimits } from '../../protocol/limits.js'
import { eventJson } from './event-json.js'
import { utf8Bytes } from './json-bytes.js'
import { type EventContent, isSurelyLong, splitEvent } from './split-event.js'

/** An event without its time. */
export interface SizedJson {
  json: string
  /** As it travels, timestamp included. */
  bytes: number
}

/** `,"timestamp":1700000000000` and room for a fraction in a timestamp that the caller gave. */
const TIMESTAMP_BYTES = 40
/** A long text travels in pieces well below the limit, so that it shares the connection with other events. */
const PIECE_BYTES = 256 * 1024

export const sized = (json: string): SizedJson => ({ json, bytes: utf8Bytes(json) + TIMESTAMP_BYTES })

/**
 * An event as JSON, in as many events as its long text needs [R7]; one that can't be cut comes out whole, however
 * large. Throws a RecorderError for what JSON can't hold.
 */
export function piecesOf(
  { type, data, fileId, checkpoint }: EventContent,
  { maxEventBytes }: Pick<WireLimits, 'maxEventBytes'>,
  newId: () => string,
): SizedJson[] {
  const event: EventContent = {
    type,
    data,
    ...(fileId !== undefined && { fileId }),
    ...(checkpoint !== undefined && { checkpoint }),
  }
  const cut = (): SizedJson[] | null => {
    const pieces = splitEvent(event, Math.min(maxEventBytes, PIECE_BYTES) - TIMESTAMP_BYTES, newId())
    return pieces.length === 1 ? null : pieces.map((piece) => sized(eventJson(piece)))
  }
  // A long paste or burst of output is cut at once: to write it as one JSON first would double its cost.
  if (isSurelyLong(event, maxEventBytes)) {
    const pieces = cut()
    if (pieces !== null) return pieces
  }
  const whole = sized(eventJson(event))
  if (whole.bytes <= maxEventBytes) return [whole]
  return cut() ?? [whole]
}

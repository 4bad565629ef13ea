import type { WireLimits } from '../../protocol/limits.js'
import { eventJson } from './event-json.js'
import { utf8Bytes } from './json-bytes.js'
import { type EventContent, splitEvent } from './split-event.js'

/** An event without its time. */
export interface SizedJson {
  json: string
  /** As it travels, timestamp included. */
  bytes: number
}

/** `,"timestamp":1700000000000` and room for a fraction in a timestamp that the caller gave. */
export const TIMESTAMP_BYTES = 40

export const sized = (json: string): SizedJson => ({ json, bytes: utf8Bytes(json) + TIMESTAMP_BYTES })

/**
 * An event as JSON, in as many events as its long text needs [R7]; one that can't be cut comes out whole, however
 * large. Throws a RecorderError for what JSON can't hold.
 */
export const piecesOf = (
  event: EventContent,
  { maxEventBytes }: Pick<WireLimits, 'maxEventBytes'>,
  newId: () => string,
): SizedJson[] =>
  splitEvent(event, maxEventBytes - TIMESTAMP_BYTES, newId).map((piece) => sized(eventJson(piece)))

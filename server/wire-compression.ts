import type { IncomingMessage } from 'node:http'

/**
 * How browsers' frames are compressed (permessage-deflate, RFC 7692): an edit repeats its names, its path and most of its time,
 * and a snapshot is nearly the one before. docs/decisions/compressed-by-browsers.md has what it saves and costs.
 *
 * - A window of 4 KiB holds nearly all of that, at a few KiB for each connection that has sent something.
 * - What the server sends is not compressed: acks are short, and what goes to many watchers would be compressed for each. ws
 *   looks at `threshold` only where the server keeps no context.
 */
export const WIRE_COMPRESSION = {
  clientMaxWindowBits: 12,
  serverNoContextTakeover: true,
  threshold: Number.POSITIVE_INFINITY,
  zlibInflateOptions: { chunkSize: 4 * 1024 },
} as const

/**
 * Leaves compression to browsers, which send an Origin and compress in native code beside the page. A program in Node.js pays more for
 * it than for the bytes: some 300 KiB and 0.1 ms of a thread for each message.
 */
export function compressForBrowsersOnly({ headers }: IncomingMessage): void {
  if (headers.origin === undefined) delete headers['sec-websocket-extensions']
}

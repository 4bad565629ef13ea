/** Requests that carry a payload in front of their ack. */
const WITH_PAYLOAD = new Set(['batch', 'watch', 'unwatch', 'preview', 'annotate', 'message', 'extend', 'end'])

/**
 * A request that was sent without any payload has its ack in the payload's place, where no
 * handler would look for it, and its sender would wait for ever. It is put where it belongs, so that the missing
 * payload is refused like any other that can't be read.
 */
export function payloadFirst(packet: unknown[]): void {
  if (packet.length === 2 && WITH_PAYLOAD.has(String(packet[0])) && typeof packet[1] === 'function') {
    packet.splice(1, 0, undefined)
  }
}

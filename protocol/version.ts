/** The version of the wire that a recorder names in its handshake (`auth.protocol`). */
export const PROTOCOL_VERSION = 1

/** Versions this server still understands. */
export const SUPPORTED_PROTOCOL_VERSIONS: readonly number[] = [1]

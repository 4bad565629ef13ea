// Room names become channel names of the adapter. None may have exactly 20 characters: the adapter would take
// it for the id of a socket.

/** The proctors that watch a session. */
export const watchRoom = (sessionId: string) => `watch:${sessionId}`

/** The candidate's own connections to a session. */
export const tabRoom = (sessionId: string) => `tab:${sessionId}`

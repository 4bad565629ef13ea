/**
 * Where a recorder's connection stands.
 *
 * - idle: none; one is tried again at a set time
 * - opening: asking for the token, or shaking hands
 * - greeting: connected, and waiting for the welcome of this connection or of a new epoch; nothing is sent
 * - live: welcomed; batches go out
 * - draining: the session is closed; nothing is sent, but what was received is watched until it is committed
 * - over: for good
 */
export type LinkState = 'idle' | 'opening' | 'greeting' | 'live' | 'draining' | 'over'

export type LinkInput =
  | 'open'
  | 'connected'
  | 'welcomed'
  | 'epochChanged'
  | 'lost'
  | 'sessionClosed'
  /** Refused, superseded, or closed by the page. */
  | 'ended'

type Row = Record<LinkInput, LinkState>

/** The next state for each state and input; the state itself where the input changes nothing. */
export const NEXT_LINK: Record<LinkState, Row> = {
  idle: {
    open: 'opening',
    connected: 'idle',
    welcomed: 'idle',
    epochChanged: 'idle',
    lost: 'idle',
    sessionClosed: 'over',
    ended: 'over',
  },
  opening: {
    open: 'opening',
    connected: 'greeting',
    welcomed: 'opening',
    epochChanged: 'opening',
    lost: 'idle',
    sessionClosed: 'over',
    ended: 'over',
  },
  greeting: {
    open: 'greeting',
    connected: 'greeting',
    welcomed: 'live',
    epochChanged: 'greeting',
    lost: 'idle',
    sessionClosed: 'draining',
    ended: 'over',
  },
  live: {
    open: 'live',
    connected: 'live',
    welcomed: 'live',
    epochChanged: 'greeting',
    lost: 'idle',
    sessionClosed: 'draining',
    ended: 'over',
  },
  draining: {
    open: 'draining',
    connected: 'draining',
    welcomed: 'draining',
    epochChanged: 'draining',
    lost: 'over',
    sessionClosed: 'draining',
    ended: 'over',
  },
  over: {
    open: 'over',
    connected: 'over',
    welcomed: 'over',
    epochChanged: 'over',
    lost: 'over',
    sessionClosed: 'over',
    ended: 'over',
  },
}

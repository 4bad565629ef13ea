/** The time for which a socket's token lasts. It may be prolonged. */
export class TokenTerm {
  constructor(
    /** As in the token: epoch seconds. */
    private expSec: number,
    private readonly clock: () => number,
  ) {}

  get isOver(): boolean {
    return this.expSec * 1000 <= this.clock()
  }

  get endSec(): number {
    return this.expSec
  }

  /** The bearer has been given a token that lasts longer. */
  prolong(expSec: number): void {
    this.expSec = Math.max(this.expSec, expSec)
  }
}

/** Sockets by their ids, such as a Socket.IO namespace of this node has them. */
interface SocketsWithTerms {
  sockets: ReadonlyMap<string, { data: { term: TokenTerm }; disconnect(close: boolean): unknown }>
}

const SECOND_MS = 1_000
/** Timers may be early by a millisecond, and a look that comes too soon would leave a socket for another second. */
const AFTER_SECOND_MS = 5

/**
 * Disconnects sockets as their tokens end, which is at whole seconds: one look at all of them, just after each, in the place of a
 * timer of each one's own and a list for each one's time, some 300 bytes of many thousand. `isWithinTerm` is exact.
 */
export function watchTerms({ sockets }: SocketsWithTerms, clock: () => number): { stop(): void } {
  let timer: NodeJS.Timeout
  const wait = () => {
    timer = setTimeout(look, SECOND_MS - (clock() % SECOND_MS) + AFTER_SECOND_MS)
  }
  const look = () => {
    wait()
    for (const socket of [...sockets.values()]) if (socket.data.term.isOver) socket.disconnect(true)
  }
  wait()
  return { stop: () => clearTimeout(timer) }
}

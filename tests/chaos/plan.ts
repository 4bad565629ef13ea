import type { Fault } from '../faults/fault.js'

/** Shares of a mixed run: so often two faults come at once, so often the next one comes before the backlog is drained. */
const TOGETHER = 0.2
const IN_A_HURRY = 0.35

export interface Strike {
  faults: readonly Fault[]
  /** Comes so long after everybody was acked again. */
  pauseMs: number
  /** Whether the commit of all that was held back is waited for before the next one. */
  waitsForCommit: boolean
}

/** Strikes without end: each fault once a round, the rounds in an order of their own, by the seed alone. */
export function* mixed(faults: readonly Fault[], random: () => number): Generator<Strike> {
  for (;;) {
    const round = shuffled(faults, random)
    while (round.length > 0) {
      const first = round.pop() as Fault
      const second = random() < TOGETHER ? round.findIndex((other) => areApart(first, other)) : -1
      const together = second < 0 ? [first] : [first, ...round.splice(second, 1)]
      yield { faults: together, pauseMs: random() * 3_000, waitsForCommit: random() > IN_A_HURRY }
    }
  }
}

/** Each fault once, alone, in its given order. */
export function* eachOnce(faults: readonly Fault[], waitsForCommit: boolean): Generator<Strike> {
  for (const fault of faults) yield { faults: [fault], pauseMs: 0, waitsForCommit }
}

const areApart = (a: Fault, b: Fault): boolean => !a.uses.some((part) => b.uses.includes(part))

/** In an order of chance. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items]
  return items.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T)
}

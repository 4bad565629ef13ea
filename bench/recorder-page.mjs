// What recording costs the page that is recorded, beside rrweb and beside a page without a recorder: see README.md.
import {
  byteLines,
  callerLines,
  costLines,
  costsByVariant,
  perRound,
  profileLines,
} from './recorder-page/report.mjs'
import { runPages } from './recorder-page/run-pages.mjs'
import { leastBytes } from './recorder-page/sent-and-kept.mjs'

export const about = 'main-thread time per keystroke, heap growth and bytes: our recorder, rrweb, none'

export const options = {
  rounds: { default: 3, about: 'bursts of each recorder, in turns' },
  edits: { default: 10_000, about: 'edits of a burst' },
  'recorded-edits': {
    default: 500,
    about: "edits with the recording's own pauses, some two a second; 0: none",
  },
  profile: { default: 0, about: '1: one more burst of each, saying what the time is spent on' },
}

const MAX_KEY_US = 40
const MAX_SHARE = 0.1
const GOAL = `p50 within the key's task ≤ ${MAX_KEY_US} µs and ≤ 1/10 of rrweb's`

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds: count = 1, edits = 1, 'recorded-edits': recordedEdits = 0, profile = 0 } = chosen
  /** @type {import('./recorder-page/run-pages.mjs').Plan[]} */
  const plans = []
  for (let i = 0; i < count; i++) {
    const turn = /** @type {const} */ (['none', 'bare', 'ours', 'rrweb'])
    // Back and forth: what slowly changes on the machine meets all alike.
    for (const variant of i % 2 === 0 ? turn : turn.toReversed())
      plans.push({ variant, pace: 'burst', edits })
  }
  if (recordedEdits > 0) {
    for (const variant of /** @type {const} */ (['none', 'bare', 'ours', 'rrweb']))
      plans.push({ variant, pace: 'recorded', edits: recordedEdits })
  }
  if (profile > 0) {
    for (const variant of /** @type {const} */ (['ours', 'rrweb']))
      plans.push({ variant, pace: 'burst', edits, withProfile: true })
  }
  const { recording, rounds } = await runPages(plans, say)
  const profiled = rounds.filter((round) => round.costs)
  const bursts = rounds.filter((round) => round.pace === 'burst' && !round.costs)
  const recorded = rounds.filter((round) => round.pace === 'recorded')

  const burst = costsByVariant(bursts)
  const own = costsByVariant(recorded)
  const p50 = (/** @type {'ours' | 'bare' | 'rrweb'} */ name) => burst[name]?.keyP50Us.median ?? Number.NaN
  const [ours, bare, rrweb] = [p50('ours'), p50('bare'), p50('rrweb')]
  const ratio = ours / rrweb
  const result = {
    ours,
    limit: bare,
    peer: rrweb,
    unit: "µs of main thread within the keystroke's task, p50",
    ratio,
    goal: GOAL,
    holds: ours <= MAX_KEY_US && ratio <= MAX_SHARE,
    rounds: perRound(bursts, 'keyP50Us'),
    stricter: stricter(own),
    recording: { name: recording.name, about: recording.about },
    burst: { edits, ...burst },
    recorded: { edits: recordedEdits, ...own },
    bytes: Object.fromEntries(recorded.map(({ variant, bytes }) => [variant, bytes])),
  }
  const lines = [
    `Typed from: ${recording.about}.`,
    '',
    `${edits} edits in a burst, ${count} rounds: median (lowest–highest)`,
    ...costLines(burst),
    ...callerLines(burst),
    ...(recordedEdits === 0
      ? []
      : [
          '',
          `${recordedEdits} edits with the recording's own pauses`,
          ...costLines(own),
          ...callerLines(own),
          '',
          ...byteLines(recorded, leastBytes(recording)),
        ]),
    ...profileLines(profiled),
  ]
  return { lines, result }
}

/** The same asked of all that a keystroke causes, timers and sockets too, at the pace of a person. */
function stricter(/** @type {ReturnType<typeof costsByVariant>} */ { ours, bare, rrweb }) {
  if (!ours || !rrweb) return null
  const [all, peer] = [ours.allP50Us.median, rrweb.allP50Us.median]
  return {
    ours: all,
    limit: bare?.allP50Us.median,
    peer,
    unit: "µs of main thread up to the next edit, p50, with the recording's pauses",
    ratio: all / peer,
    holds: all <= MAX_KEY_US && all / peer <= MAX_SHARE,
  }
}

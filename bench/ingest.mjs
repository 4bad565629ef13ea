// How many events a second come in and are committed, beside a bare echo: see README.md.
import { compare } from './ingest/compare.mjs'
import { ROUND_OPTIONS } from './ingest/round.mjs'

export const about = 'events/s acked and committed to PostgreSQL, beside a bare Socket.IO echo'

export const options = ROUND_OPTIONS

const MIN_SHARE_OF_ECHO = 0.4

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds, perSec, isSteady, lines, details } = await compare(['recorder', 'echo'], chosen, say)
  const [ours, limit] = [perSec('recorder'), perSec('echo')]
  const ratio = ours / limit
  return {
    lines: [...lines, `  ours ÷ the echo: ${ratio.toFixed(2)}`],
    result: {
      ours,
      limit,
      peer: null,
      unit: 'events/s committed',
      ratio,
      goal: `≥ ${MIN_SHARE_OF_ECHO} × the echo, backlog steady`,
      holds: ratio >= MIN_SHARE_OF_ECHO && isSteady,
      rounds,
      isSteady,
      ...details,
    },
  }
}

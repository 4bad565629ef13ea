// How many events a second come in and are committed, beside what platforms write by themselves: see README.md.
import { compare } from './ingest/compare.mjs'
import { ROUND_OPTIONS } from './ingest/round.mjs'

export const about = 'events/s acked and committed to PostgreSQL, beside one POST per event'

export const options = ROUND_OPTIONS

const MIN_TIMES_PLAIN = 8

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run(chosen, say) {
  const { rounds, perSec, isSteady, lines, details } = await compare(['recorder', 'http'], chosen, say)
  const [ours, peer] = [perSec('recorder'), perSec('http')]
  const ratio = ours / peer
  return {
    lines: [...lines, `  ours ÷ one POST per event: ${ratio.toFixed(1)}`],
    result: {
      ours,
      limit: null,
      peer,
      unit: 'events/s committed',
      ratio,
      goal: `≥ ${MIN_TIMES_PLAIN} × one POST per event, backlog steady`,
      holds: ratio >= MIN_TIMES_PLAIN && isSteady,
      rounds,
      isSteady,
      ...details,
    },
  }
}

// How many bytes recording makes on the wire and in the archive, beside rrweb: see README.md.
import { byteLines } from './recorder-page/report.mjs'
import { runPages } from './recorder-page/run-pages.mjs'
import { leastBytes } from './recorder-page/sent-and-kept.mjs'

export const about = 'bytes per edit on the wire and in the archive: our recorder, rrweb'

export const options = {
  edits: { default: 500, about: "edits, with the recording's own pauses; some two a second" },
}

const MAX_SHARE = 0.1

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ edits = 1 }, say) {
  const { recording, rounds } = await runPages(
    [
      { variant: 'ours', pace: 'recorded', edits },
      { variant: 'rrweb', pace: 'recorded', edits },
    ],
    say,
  )
  const [ours, rrweb] = rounds.map(({ bytes }) => bytes)
  if (!ours || !rrweb) throw new Error('A round has no bytes.')
  const least = leastBytes(recording)
  const wire = ours.wire / rrweb.wire
  const archive = ours.archive / rrweb.archive
  return {
    lines: [
      `Typed from: ${recording.about}.`,
      '',
      `${edits} edits with the recording's own pauses`,
      ...byteLines(rounds, least),
    ],
    result: {
      ours: ours.wire,
      limit: least.wire,
      peer: rrweb.wire,
      unit: 'bytes per edit on the wire, page to service',
      ratio: wire,
      goal: "≤ 1/10 of rrweb's, on the wire and in the archive",
      holds: wire <= MAX_SHARE && archive <= MAX_SHARE,
      rounds: [{ ours: ours.wire, limit: least.wire, peer: rrweb.wire }],
      archive: { ours: ours.archive, limit: least.archive, peer: rrweb.archive, ratio: archive },
      recording: { name: recording.name, about: recording.about },
      edits,
      bytes: { ours, rrweb },
    },
  }
}

import { readMarks } from '../../db/integrity/chain.js'
import type { ChainFault } from '../../db/integrity/check-chain.js'
import { diffSequences } from '../../replay/sequence-diff.js'
import { eventsText, type Finding } from './verdict.js'

type RowsFault = Extract<ChainFault, { kind: 'rows' }>

/** Steps of a comparison; beyond them what is left counts as removed and added whole. */
const MAX_STEPS = 2_000_000

interface Place {
  seq: number
  mark: number
}

/**
 * Which events of the links that do not hold were changed, removed, added or moved, by their marks. Links that follow each
 * other are looked at together: what was removed from one shifts all behind it where seqs follow from places.
 */
export function locateEvents(faults: readonly RowsFault[]): Finding[] {
  const findings: Finding[] = []
  let run: RowsFault[] = []
  const close = () => {
    if (run.length > 0) findings.push(...findingsOf(run))
    run = []
  }
  for (const fault of faults) {
    if (fault.firstSeq !== (run.at(-1)?.lastSeq ?? -1) + 1) close()
    run.push(fault)
  }
  close()
  return findings
}

function findingsOf(run: readonly RowsFault[]): Finding[] {
  const expected = run.flatMap(({ expected, firstSeq }) =>
    readMarks(expected).map((mark, i): Place => ({ seq: firstSeq + i, mark })),
  )
  const found = run.flatMap(({ found, foundSeqs }) =>
    readMarks(found).map((mark, i): Place => ({ seq: foundSeqs[i] ?? 0, mark })),
  )
  const { removed, added } = difference(expected, found)
  if (removed.length + added.length === 0) {
    return run.map(({ firstSeq, lastSeq }) => ({
      what: 'link',
      how: 'changed',
      fromSeq: firstSeq,
      toSeq: lastSeq,
      text: `Something of ${eventsText(firstSeq, lastSeq)}, of the snapshots they brought, or of their link was changed.`,
    }))
  }
  return named(removed, added)
}

function difference(expected: readonly Place[], found: readonly Place[]) {
  const diff = diffSequences(
    expected.map(({ mark }) => mark),
    found.map(({ mark }) => mark),
    MAX_STEPS,
  )
  const removed: Place[] = []
  const added: Place[] = []
  let [a, b] = [0, 0]
  for (const [operation, count] of diff) {
    if (operation !== '+') {
      if (operation === '-') removed.push(...expected.slice(a, a + count))
      a += count
    }
    if (operation !== '-') {
      if (operation === '+') added.push(...found.slice(b, b + count))
      b += count
    }
  }
  return { removed, added }
}

/** An event that is missing in one place and too much in another was moved; two at the same seq are one that was changed. */
function named(removed: readonly Place[], added: readonly Place[]): Finding[] {
  const byMark = new Map(removed.map((place) => [place.mark, place]))
  const bySeq = new Map(removed.map((place) => [place.seq, place]))
  const findings: Finding[] = []
  const explained = new Set<Place>()
  for (const place of added) {
    const origin = byMark.get(place.mark)
    if (origin === undefined || origin.seq === place.seq || explained.has(origin)) continue
    explained.add(origin)
    explained.add(place)
    findings.push({
      what: 'event',
      how: 'moved',
      fromSeq: origin.seq,
      toSeq: place.seq,
      text: `Event ${origin.seq} stands in the place of event ${place.seq}.`,
    })
  }
  for (const place of added) {
    if (explained.has(place)) continue
    const before = bySeq.get(place.seq)
    if (before !== undefined) explained.add(before)
    const how = before === undefined ? 'added' : 'changed'
    findings.push({ ...at(place), what: 'event', how, text: `Event ${place.seq} was ${how}.` })
  }
  for (const place of removed) {
    if (explained.has(place)) continue
    findings.push({ ...at(place), what: 'event', how: 'removed', text: `Event ${place.seq} was removed.` })
  }
  return findings.sort((a, b) => (a.fromSeq ?? 0) - (b.fromSeq ?? 0))
}

const at = ({ seq }: Place) => ({ fromSeq: seq, toSeq: seq })

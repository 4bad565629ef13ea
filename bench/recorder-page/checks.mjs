/** A measurement of a recorder that has not recorded is none. */

/** @typedef {import('./round.mjs').Round} Round */

/** The editor holds what the recording says: all edits were typed, and nothing else. */
export function checkText(
  /** @type {Round} */ { variant, text },
  /** @type {import('./recording.mjs').Recording} */ { startText, edits },
  /** @type {number} */ count,
) {
  let expected = startText
  for (const { changes } of edits.slice(0, count)) {
    for (const [offset, deleted, inserted] of changes.toReversed()) {
      expected = expected.slice(0, offset) + inserted + expected.slice(offset + deleted)
    }
  }
  must(text === expected, `With ${variant} the editor's text is not the recording's.`)
}

export function checkOurs(
  /** @type {Round} */ { text, told },
  /** @type {{ edits: number, text: string }} */ kept,
  /** @type {number} */ edits,
) {
  must(kept.edits === edits, `The archive has ${kept.edits} edits of ${edits}.`)
  must(kept.text === text, "The text rebuilt from the archive is not the editor's.")
  const { recordedSeq, committedSeq, notKept, rejected, error } = told
  const isWhole = committedSeq === recordedSeq && notKept === 0 && rejected === 0 && error === null
  must(isWhole, `The recorder ended with ${JSON.stringify(told)}.`)
}

export function checkRrweb(
  /** @type {Round} */ { told },
  /** @type {{ events: number, bytes: import('./sent-and-kept.mjs').Bytes }} */ kept,
  /** @type {number} */ edits,
) {
  must(kept.events === told.emitted, `rrweb emitted ${told.emitted} events; ${kept.events} came.`)
  const mutations = kept.bytes.byType.mutation?.count ?? 0
  // Two edits between two looks of its observer make one mutation event; far fewer would mean it saw nothing.
  must(mutations > edits / 2, `rrweb recorded ${mutations} mutations of ${edits} edits.`)
}

function must(/** @type {boolean} */ holds, /** @type {string} */ otherwise) {
  if (!holds) throw new Error(`The measurement is wrong: ${otherwise}`)
}

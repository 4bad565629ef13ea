/** What stands in the place of a model where the service has none. It says so, wherever it is shown. */
export const SCRIPTED_MODEL = 'scripted-helper'

export const SCRIPTED_NOTE =
  'No model is connected, so this is a scripted helper: it looks for words in your question and answers from a fixed list.'

/** A question's answer from the list: the first entry of which a word occurs. */
export function scriptedAnswer(question: string): string {
  const words = question.toLowerCase()
  const found = ANSWERS.find(({ about }) => about.test(words))
  return found?.text ?? FALLBACK
}

/** The answer in pieces, as a model would send it: words, with what is behind them. */
export const piecesOf = (answer: string): string[] => answer.match(/\s*\S+/g) ?? []

const MERGE = `\`\`\`js
function mergeMeetings(meetings) {
  const sorted = [...meetings].sort((a, b) => a[0] - b[0])
  const merged = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}
\`\`\``

const ANSWERS: { about: RegExp; text: string }[] = [
  {
    about: /\b(merge|overlap|inside|touch|combine)/,
    text: `(Scripted answer.) Sort by the start, then walk through: a meeting that begins before the last one ended only makes that one longer.

${MERGE}

It copies the list before sorting, and builds new pairs, so the arguments stay as they are.`,
  },
  {
    about: /\b(complex|fast|slow|big o|o\(|perform|500)/,
    text: `(Scripted answer.) Sorting costs \`O(n log n)\`, one walk over the sorted meetings \`O(n)\`. Comparing each meeting with each other one would be \`O(n²)\`: with 500 meetings that is still quick, but it is more work than needed.`,
  },
  {
    about: /\b(test|case|edge|assert)/,
    text: `(Scripted answer.) Cases that the given tests leave open:

- two meetings that touch: no slot of length 0 between them
- a meeting that begins before the day and ends behind it
- \`minutes\` of 0
- the arguments are the same afterwards

\`\`\`js
test('leaves its arguments alone', () => {
  const meetings = [[700, 720], [540, 600]]
  freeSlots(meetings, day, 30)
  assert.deepEqual(meetings, [[700, 720], [540, 600]])
})
\`\`\``,
  },
  {
    about: /\b(sort|order)/,
    text: `(Scripted answer.) \`sort\` changes the array it is called on. Copy first:

\`\`\`js
const sorted = [...meetings].sort((a, b) => a[0] - b[0])
\`\`\``,
  },
  {
    about: /\b(start|begin|approach|hint|idea|how|stuck|help)/,
    text: `(Scripted answer.) Think of one pointer that moves through the day:

1. Sort the meetings by when they begin.
2. Keep \`free\`, the time from which nothing is booked; at first that is \`day.from\`.
3. For each meeting: what lies between \`free\` and its start is a slot. Then \`free\` becomes the later of \`free\` and its end.
4. At the end there is one more slot, up to \`day.to\`.

Ask about merging, sorting, tests or complexity for more.`,
  },
]

const FALLBACK = `(Scripted answer.) I am a script and did not find a word that I know. Ask about the approach, sorting, merging meetings that overlap, tests, or complexity.`

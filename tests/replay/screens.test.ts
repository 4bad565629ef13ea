import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReplayEngine } from '../../replay/engine.js'
import { apply } from '../../replay/fold/apply.js'
import type { Fold } from '../../replay/fold/fold.js'
import { FoldDecoder } from '../../replay/keyframe/decode-fold.js'
import { record } from '../../replay/test-support/recordings.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { createView } from '../../replay/view.js'
import { keyframesOf } from '../support/recording-parts.js'

const LIMITS = {
  maxEvents: 3,
  maxChars: 1_000_000,
  anewAfterChars: 1000,
  screenAfterChars: 10,
  screenAfterTimes: 1,
  maxTotalChars: 100_000_000,
}

const out = (data: string) => ({ type: 'terminal_stream', data: { channel: 'o', data } })
const size = (data: string) => ({ type: 'terminal_stream', data: { channel: 'r', data } })

/** Size, visible lines and cursor. Above them less may be kept. */
function inView(screen: readonly string[]): string[] {
  const rows = Number(screen[0]?.split('x')[1])
  return [screen[0] ?? '', ...screen.slice(1).slice(-rows - 1)]
}

interface Compared {
  bases: number
}

/**
 * Compares, after each keyframe and one, two, … events more, the screen of what was stored with that of all that was
 * printed. Answers how many screens were written down.
 */
async function expectSameScreens(drafts: readonly ReturnType<typeof out>[]): Promise<Compared> {
  const events = record(drafts)
  const lines = await keyframesOf(events, LIMITS)
  const decoder = new FoldDecoder()
  const view = createView()
  const bases = new Set<string>()
  for (const line of lines) {
    let fold: Fold = decoder.decode(line.fold)
    if (fold.base !== null) bases.add(fold.base.serialized)
    for (const event of events.slice(line.atSeq, line.atSeq + 4)) {
      const engine = createReplayEngine()
      engine.insert(events.slice(0, fold.eventCount))
      expect(inView(await screenOf(stepsOf(view(fold, 0))))).toEqual(
        inView(await screenOf(stepsOf(engine.stateAt()))),
      )
      fold = apply(fold, event)
    }
  }
  return { bases: bases.size }
}

const anyText = fc
  .array(
    fc.constantFrom(
      'a',
      'bc ',
      'wide 漢字',
      'e\u0301',
      '😀',
      '👩‍👩‍👧',
      '\r\n',
      '\n',
      '\r',
      '\b',
      '\t',
      'x'.repeat(90),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))
const anySequence = fc.constantFrom(
  '\u001b[31m',
  '\u001b[1;4;44m',
  '\u001b[38;5;200;48;2;1;2;3m',
  '\u001b[0m',
  '\u001b[2J',
  '\u001b[H',
  '\u001b[5;10H',
  '\u001b[K',
  '\u001b[1K',
  '\u001b[3A',
  '\u001b[10C',
  '\u001b[2L',
  '\u001b[3P',
  '\u001b[4@',
  '\u001b[3;10r',
  '\u001b[r',
  '\u001b7',
  '\u001b7\u001b[4;4Hat\r\nthe\r\n\u001b8',
  '\u001b[s\u001b[2;30H\n\u001b[u',
  '\u001b(0',
  '\u001b(B',
  '\u000e',
  '\u000f',
  '\u001bM',
  '\u001bH',
  '\u001b[3g',
  '\u001b[?1049h\u001b[2Jfull\r\n\u001b[7mscreen\r\n\u001b[?1049l',
  '\u001b[?47h\u001b[Hother\n\u001b[?47l',
  '\u001b[?7l',
  '\u001b[?7h',
  '\u001b[?6h',
  '\u001b[?6l',
  '\u001b[4h',
  '\u001b[4l',
  '\u001b[?25l',
  '\u001b[?25h',
  '\u001b]0;title\u0007',
  '\u001b]52;c;aGk=\u0007',
  '\u001b[!p',
  '\u001bc',
  '\u001b[3b',
)

test('what was written down goes on as what was printed would, whatever that is and wherever it is cut', async () => {
  // Sequences end up in the middle of two pieces.
  const anyOutput = fc
    .array(fc.oneof({ weight: 3, arbitrary: anyText }, anySequence), {
      minLength: 1,
      maxLength: 40,
      size: 'max',
    })
    .chain((parts) => {
      const text = parts.join('')
      return fc
        .array(fc.nat(text.length), { minLength: 3, maxLength: 25 })
        .map((cuts) => [...new Set([0, ...cuts, text.length])].sort((a, b) => a - b))
        .map((cuts) => cuts.slice(1).map((to, i) => out(text.slice(cuts[i], to))))
    })
  const anySizes = fc.array(fc.tuple(fc.nat(25), fc.constantFrom('80x24', '40x10', '120x40', '20x5')), {
    maxLength: 3,
  })
  let bases = 0
  await fc.assert(
    fc.asyncProperty(anyOutput, anySizes, async (drafts, sizes) => {
      const all = [...drafts]
      for (const [at, data] of sizes) all.splice(Math.min(at, all.length), 0, size(data))
      bases += (await expectSameScreens(all)).bases
    }),
    { numRuns: 80, interruptAfterTimeLimit: 40_000 },
  )
  expect(bases).toBeGreaterThan(50)
}, 120_000)

test('a long output is told by its screen; a sequence without an end keeps it as it is', async () => {
  const lines = Array.from({ length: 60 }, (_, i) => out(`\u001b[3${i % 8}mline ${i} ${'.'.repeat(i)}\r\n`))
  expect((await expectSameScreens(lines)).bases).toBeGreaterThan(2)
  const open = Array.from({ length: 30 }, () => out('never ending\n'))
  expect((await expectSameScreens([out('\u001b]0;title'), ...open])).bases).toBe(0)
})

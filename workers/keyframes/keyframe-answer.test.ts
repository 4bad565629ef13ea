import { expect, test } from 'vitest'
import { type SessionKeyframe, SessionKeyframeMaker } from '../../replay/index.js'
import { answerOf } from './keyframe-answer.js'

const MIB = 1024 * 1024

/** A keyframe of a session whose terminal has printed these. */
function keyframeOf(...printed: string[]): SessionKeyframe {
  const maker = new SessionKeyframeMaker(null, 100_000)
  for (const [i, data] of printed.entries()) {
    const timestamp = 1000 + i
    const place = { seq: i + 1, timestamp, source: 1, sourceSeq: i + 1, fileId: null, checkpoint: false }
    maker.add({ ...place, type: 'terminal_stream', data: { channel: 'o', data } })
  }
  return maker.keyframe(printed.length) as SessionKeyframe
}

test('what is sent is the keyframe as JSON', () => {
  const keyframe = keyframeOf('$ ls', 'a b')
  expect(JSON.parse(answerOf(keyframe) ?? '')).toEqual({ keyframe: JSON.parse(JSON.stringify(keyframe)) })
})

test('of one that is too large no JSON is made', () => {
  const keyframe = keyframeOf(...Array.from({ length: 17 }, () => 'x'.repeat(MIB)))
  const toJSON = () => {
    throw new Error('written out')
  }
  expect(answerOf({ ...keyframe, toJSON } as SessionKeyframe)).toBeNull()
  expect(() => answerOf({ ...keyframeOf('x'), toJSON } as SessionKeyframe)).toThrow('written out')
})

test('one whose JSON turns out larger than its texts is none either', () => {
  expect(answerOf(keyframeOf(...Array.from({ length: 3 }, () => '\u0001'.repeat(MIB))))).toBeNull()
})

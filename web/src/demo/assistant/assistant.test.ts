import { describe, expect, test } from 'vitest'
import { Assistant, type AssistantOptions } from './assistant.js'

async function* pieces(...texts: string[]) {
  yield* texts
}
// biome-ignore lint/correctness/useYield: an answer that is refused before its first piece
async function* refused(code: string): AsyncGenerator<string> {
  throw Object.assign(new Error(code), { code })
}

function open(options: Partial<AssistantOptions>) {
  const recorded: string[] = []
  const assistant = new Assistant({
    chat: null,
    askModel: () => pieces('from ', 'the model'),
    recordAnswer: (question, model, answer) => {
      recorded.push(question, model)
      return answer
    },
    pieceMs: 0,
    ...options,
  })
  const last = () => assistant.view.get().turns.at(-1)
  return { assistant, recorded, last, view: () => assistant.view.get() }
}

test('a model answers, and the page records nothing of it', async () => {
  const { assistant, recorded, last, view } = open({})
  await assistant.ask('how?')
  expect(last()).toMatchObject({ role: 'assistant', text: 'from the model', state: 'whole' })
  expect([view().kind, view().isAnswering, recorded]).toEqual(['model', false, []])
})

test('without a model the script answers, says so, and is recorded', async () => {
  const { assistant, recorded, last, view } = open({ askModel: () => refused('CHAT_OFF') })
  await assistant.ask('how do I sort?')
  expect(last()?.text).toContain('(Scripted answer.)')
  expect([view().kind, recorded]).toEqual(['script', ['how do I sort?', 'scripted-helper']])
  const known = open({ chat: false, askModel: () => refused('asked all the same') })
  await known.assistant.ask('sort?')
  expect(known.last()?.state).toBe('whole')
})

describe('what goes wrong is said, and the next question can be asked', () => {
  test.each([
    ['CHAT_LIMIT', 'all the answers'],
    ['CHAT_FAILED', 'Ask again'],
    ['SESSION_CLOSED', 'over'],
    ['UNREACHABLE', 'could not be reached'],
  ])('%s', async (code, words) => {
    const { assistant, last, view } = open({ chat: true, askModel: () => refused(code) })
    await assistant.ask('how?')
    expect(last()).toMatchObject({ state: 'failed', problem: expect.stringContaining(words) })
    expect(view().isAnswering).toBe(false)
  })

  test('stopped', async () => {
    const { assistant, last } = open({ chat: false, pieceMs: 1 })
    const asked = assistant.ask('how do I begin?')
    assistant.stop()
    await asked
    expect(last()).toMatchObject({ state: 'failed', problem: 'Stopped.' })
  })
})

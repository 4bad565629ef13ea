import { expect, test } from 'vitest'
import { chatBlocks } from './chat-text.js'

test('fences become code, the rest is text with inline code', () => {
  expect(chatBlocks('Use `Map`:\n\n```ts\nconst a = 1\n```\nDone **now**.')).toEqual([
    {
      kind: 'text',
      spans: [
        { kind: 'plain', text: 'Use ' },
        { kind: 'code', text: 'Map' },
        { kind: 'plain', text: ':' },
      ],
    },
    { kind: 'code', text: 'const a = 1', language: 'ts' },
    {
      kind: 'text',
      spans: [
        { kind: 'plain', text: 'Done ' },
        { kind: 'strong', text: 'now' },
        { kind: 'plain', text: '.' },
      ],
    },
  ])
})

test('a fence that stays open reaches to the end', () => {
  expect(chatBlocks('```\na\n``\nb')).toEqual([{ kind: 'code', text: 'a\n``\nb', language: null }])
})

test('markup is text', () => {
  const content = '<img src=x onerror=alert(1)> [a](javascript:alert(1))'
  expect(chatBlocks(content)).toEqual([{ kind: 'text', spans: [{ kind: 'plain', text: content }] }])
})

test('nothing stays nothing', () => {
  expect(chatBlocks('')).toEqual([])
})

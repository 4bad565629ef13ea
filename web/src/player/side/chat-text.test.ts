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

test('a fence ends with one of its kind, as long or longer, alone on its line', () => {
  expect(chatBlocks('~~~ js title\na\n```\n~~~ b\n~~~~\nc')).toEqual([
    { kind: 'code', text: 'a\n```\n~~~ b', language: 'js' },
    { kind: 'text', spans: [{ kind: 'plain', text: 'c' }] },
  ])
  expect(chatBlocks('```a`b``')[0]?.kind).toBe('text')
})

// What takes time by the square of the length would not end here.
test.each([
  ['blanks before a backtick', `~~~${' '.repeat(1_000_000)}\``],
  ['a mark before a backtick', `${'~'.repeat(1_000_000)}\``],
  ['line ends within a text', `a${'\n'.repeat(1_000_000)}b`],
])('one turn of %s takes no more than its length', (_, content) => {
  expect(chatBlocks(content)).toMatchObject([{ kind: 'text' }])
})

test('markup is text', () => {
  const content = '<img src=x onerror=alert(1)> [a](javascript:alert(1))'
  expect(chatBlocks(content)).toEqual([{ kind: 'text', spans: [{ kind: 'plain', text: content }] }])
})

test('nothing stays nothing', () => {
  expect(chatBlocks('')).toEqual([])
})

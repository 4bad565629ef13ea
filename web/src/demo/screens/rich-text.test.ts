import { expect, test } from 'vitest'
import { richBlocks } from './rich-text.js'

test('headings, paragraphs, lists and fences', () => {
  const text =
    '# Task\n\nWrite `f`\nin **one** file.\n\n- a\n- b\n\n1. x\n2. y\n\n```js\nlet a\n\nlet b\n```\nend'
  expect(richBlocks(text)).toEqual([
    { kind: 'heading', spans: [{ kind: 'plain', text: 'Task' }] },
    {
      kind: 'text',
      spans: [
        { kind: 'plain', text: 'Write ' },
        { kind: 'code', text: 'f' },
        { kind: 'plain', text: ' in ' },
        { kind: 'strong', text: 'one' },
        { kind: 'plain', text: ' file.' },
      ],
    },
    {
      kind: 'list',
      isOrdered: false,
      items: [[{ kind: 'plain', text: 'a' }], [{ kind: 'plain', text: 'b' }]],
    },
    {
      kind: 'list',
      isOrdered: true,
      items: [[{ kind: 'plain', text: 'x' }], [{ kind: 'plain', text: 'y' }]],
    },
    { kind: 'code', text: 'let a\n\nlet b', language: 'js', isOpen: false },
    { kind: 'text', spans: [{ kind: 'plain', text: 'end' }] },
  ])
})

test('a fence that is still open reaches to the end', () => {
  expect(richBlocks('```\nlet a =')).toEqual([
    { kind: 'code', text: 'let a =', language: null, isOpen: true },
  ])
})

test('markup stays text', () => {
  expect(richBlocks('<img src=x>')).toEqual([
    { kind: 'text', spans: [{ kind: 'plain', text: '<img src=x>' }] },
  ])
})

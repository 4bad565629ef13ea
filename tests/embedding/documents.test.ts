import { expect, test } from 'vitest'
import { quotedIn, readText, sectionOf, tableIn } from '../support/documents.js'

const page = readText('docs/embedding.md')
const declared = readText('web/player-package/session-player.d.ts')

test('its examples are the files that are compiled and opened', () => {
  const blocks = [...page.matchAll(/^<!-- (tests\/embedding\/\S+) -->\n```(?:html|tsx)\n([\s\S]*?)^```$/gm)]
  expect(blocks).toHaveLength([...page.matchAll(/^```(?:html|tsx)$/gm)].length)
  expect(blocks).toHaveLength(3)
  for (const [, file = '', code] of blocks) expect(code, file).toBe(readText(file))
  // The README shows the shortest of them.
  expect(readText('README.md')).toContain(readText('tests/embedding/archive.html'))
})

test('its tables name what the element has, and nothing else', () => {
  const tables = sectionOf(page, '## What it takes and tells').split(/\n\n/)
  const named = (nth: number) =>
    tableIn(tables.filter((each) => each.includes('|'))[nth] ?? '').flatMap(([cell = '']) => quotedIn(cell))
  const element = readText('web/src/embed/session-player-element.tsx')
  const places = /PLACE_ATTRIBUTES = \[(.*)\]/.exec(element)?.[1]
  const others = /observedAttributes = \[\.\.\.PLACE_ATTRIBUTES, (.*)\]/.exec(element)?.[1]
  const attributes = [...`${places}, ${others}`.matchAll(/'([\w-]+)'/g)].map(([, name]) => name)
  expect(named(0).sort()).toEqual(attributes.sort())
  const ofClass = declared.slice(
    declared.indexOf('class SessionPlayerElement'),
    declared.indexOf('export declare const'),
  )
  const members = [...ofClass.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name)
  expect(
    named(1)
      .map((each) => each.replace(/\(.*/, ''))
      .sort(),
  ).toEqual(members.sort())
  const told = [...element.matchAll(/tell<\w+>\('(\w+)'/g)].map(([, name]) => name)
  expect(named(2).sort()).toEqual([...new Set(told)].sort())
})

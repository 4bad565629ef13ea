import { describe, expect, test } from 'vitest'
import { ERRORS } from '../../protocol/errors.js'
import { entriesOf } from '../../scripts/build-sdk/manifest.mjs'
import { codeIn, filesEndingIn, quotedIn, ROOT, readText, sectionOf, tableIn } from '../support/documents.js'

const root = ROOT.replace(/\/$/, '')
const readme = readText('client-sdk/README.md')
const unquoted = (cell = '') => cell.replaceAll('`', '')
const subpaths = entriesOf(root).map(({ subpath }) => subpath)

describe("the SDK's README", () => {
  test('its examples are the files that are compiled, built and run', () => {
    const blocks = [
      ...readme.matchAll(/^<!-- (tests\/package\/examples\/\S+) -->\n```\w+\n([\s\S]*?)^```$/gm),
    ]
    for (const [, file = '', code] of blocks) expect(code, file).toBe(readText(file))
    const shown = blocks.map(([, file]) => file)
    expect(shown.sort()).toEqual(filesEndingIn(/\.(html|ts|tsx)$/, 'tests/package/examples'))
    expect(codeIn(readme, 'html').length + codeIn(readme, 'tsx').length).toBe(3)
  })

  test('lists every entry point, and describes every adapter', () => {
    const rows = tableIn(sectionOf(readme, '## Entry points'))
    const listed = rows.map(([path = '']) => (path.startsWith('`') ? `.${unquoted(path)}` : '.'))
    expect([...listed].sort()).toEqual([...subpaths].sort())
    const adapters = tableIn(sectionOf(readme, '## Adapters')).map(([name]) => `./adapters/${name}`)
    // Of it the text says what it is for.
    expect([...adapters, './adapters/clipboard-memory'].sort()).toEqual(
      subpaths.filter((subpath) => subpath.startsWith('./adapters/')).sort(),
    )
  })

  test('what it says that entry points have is exported from them', () => {
    for (const [path = '', what = ''] of tableIn(sectionOf(readme, '## Entry points'))) {
      const entry = entriesOf(root).find(
        ({ subpath }) => subpath === (path.startsWith('`') ? `.${unquoted(path)}` : '.'),
      )
      const source = readText(entry?.source ?? '')
      for (const name of quotedIn(what).filter((quoted) => /^[a-zA-Z]+$/.test(quoted)))
        expect(source, `${path} ${name}`).toMatch(new RegExp(`\\b${name}\\b`))
    }
  })

  test('has each state, each way of storage, each option, each event', () => {
    const types = readText('client-sdk/src/recorder-types.ts')
    const union = (text: string, name: string) =>
      [
        ...(new RegExp(`type ${name} =([^\\n]*(?:\\n +\\|[^\\n]*)*)`).exec(text)?.[1] ?? '').matchAll(
          /'([\w-]+)'/g,
        ),
      ].map(([, value = '']) => value)
    const members = (name: string) =>
      [
        ...(new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(types)?.[1] ?? '').matchAll(
          /^ {2}(?:readonly )?'?([\w-]+)/gm,
        ),
      ].map(([, member = '']) => member)
    const status = sectionOf(readme, '## Status')
    const [states = '', storage = ''] = status.split('| `storage` |')
    const firsts = (text: string) => tableIn(text).map(([first]) => unquoted(first))
    expect(firsts(states).sort()).toEqual(union(types, 'RecorderState').sort())
    expect(firsts(`| |\n|${storage}`.replace(/^[^\n]*\n[^\n]*\n/, '')).sort()).toEqual(
      union(readText('client-sdk/src/outbox.ts'), 'StorageState').sort(),
    )
    const api = sectionOf(readme, '## The API in short')
    expect(firsts(api).sort()).toEqual(members('RecorderOptions').sort())
    for (const name of [...members('Recorder'), ...members('RecorderEvents')])
      expect(
        quotedIn(api).some((quoted) => new RegExp(`^${name}\\b`).test(quoted)),
        name,
      ).toBe(true)
  })

  test('its codes are codes', () => {
    const codes = quotedIn(readme).filter((quoted) => /^[A-Z]+(_[A-Z]+)*$/.test(quoted) && quoted.length > 6)
    for (const code of codes)
      if (!['ALLOWED_ORIGINS', 'ERRORS'].includes(code)) expect(ERRORS).toHaveProperty(code)
    expect(codes.length).toBeGreaterThan(15)
  })

  test('names the version that is packed, and the changelog has it', () => {
    const { version } = JSON.parse(readText('client-sdk/package.json')) as { version: string }
    expect(readme).toContain(`interviewlm-recorder-sdk-${version}.tgz`)
    const [newest] = readText('client-sdk/CHANGELOG.md').match(/^## \[([^\]]+)\]/m) ?? []
    expect(newest).toBe(`## [${version}]`)
  })
})

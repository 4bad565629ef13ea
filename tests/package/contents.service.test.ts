import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entry, entriesOf } from '../../scripts/build-sdk/manifest.mjs'
import { loadedBy, sizesOf } from '../../scripts/build-sdk/sizes.mjs'
import { ROOT, readText, sectionOf, tableIn } from '../support/documents.js'
import { makeProject, type Project } from './project.js'

const root = ROOT.replace(/\/$/, '')
const entries = entriesOf(root)
const modules = entries.filter(({ isWhole }) => !isWhole)

let project: Project
beforeAll(async () => {
  project = await makeProject()
})
afterAll(() => project?.[Symbol.dispose]())

const inPackage = (file: string) => join(project.installed, file)
const textOf = (file: string) => readFileSync(inPackage(file), 'utf8')
const packedIn = (ending: RegExp) => project.packed.filter((file) => ending.test(file))
const asPacked = (file: string) => file.replace('./', '')

describe('what is packed', () => {
  test('the entry points, the chunks they load, maps, declarations, and three texts', () => {
    const code = modules.flatMap(({ file }) => loadedBy(inPackage(file)).files)
    const whole = entries.filter(({ isWhole }) => isWhole).map(({ file }) => asPacked(file))
    const expected = [
      ...new Set([...code.map((file) => file.slice(project.installed.length + 1)), ...whole]),
    ].sort()
    expect(packedIn(/\.js$/)).toEqual(expected)
    expect(packedIn(/\.js\.map$/).every((map) => expected.includes(map.replace(/\.map$/, '')))).toBe(true)
    expect(packedIn(/\.d\.ts$/)).toEqual(declarationsFrom(entries))
    expect(packedIn(/^(?!.*(\.js|\.js\.map|\.d\.ts)$)/)).toEqual([
      'CHANGELOG.md',
      'README.md',
      'dist/browser.licenses.txt',
      'package.json',
    ])
  })

  test('comes from the SDK and the protocol alone, and from what the one whole file includes', () => {
    for (const map of packedIn(/\.js\.map$/)) {
      const { sources } = JSON.parse(textOf(map)) as { sources: string[] }
      const others = sources.filter((source) => !/^(?:\.\.\/)+(?:src|protocol)\/[\w./-]+\.tsx?$/.test(source))
      const isWhole = map === 'dist/browser.js.map'
      const included =
        /^\.\.\/node_modules\/(?:socket\.io-client|engine\.io-client|(?:socket|engine)\.io-parser|@socket\.io\/component-emitter)\//
      expect(
        others.filter((source) => !(isWhole && (included.test(source) || source === '../build/browser.ts'))),
        map,
      ).toEqual([])
      // Of the protocol what a page runs; schemas, jobs and archives stay where they are.
      expect(sources.filter((source) => /protocol\/(http|jobs|archive|event-schemas)/.test(source))).toEqual(
        [],
      )
    }
  })

  test('names nothing of Node.js, no schema library, no file of the machine it was built on', () => {
    for (const file of project.packed) {
      const text = textOf(file)
      expect(text.includes(root) || text.includes(tmpdir()), file).toBe(false)
      if (/\.(js|ts)$/.test(file)) expect(text.match(/["'](?:node:[\w/]+|zod)["']/), file).toBeNull()
    }
  })
})

test('the README says what each entry point weighs, within a tenth', async () => {
  const said = tableIn(sectionOf(readText('client-sdk/README.md'), '## Entry points')).map(
    ([path = '', , waitedFor, beside]) => [
      path.startsWith('`') ? `.${path.replaceAll('`', '')}` : '.',
      [waitedFor, beside].map((kilobytes) => (kilobytes === '–' ? 0 : Number(kilobytes))),
    ],
  )
  const saidOf = Object.fromEntries(said) as Record<string, number[]>
  for (const { subpath, eagerBytes, laterBytes } of await sizesOf(root)) {
    // What sends is there for others, too, and never asked for.
    const isAskedFor = ['.', './recorder', './adapters/page-signals'].includes(subpath)
    const measured = [eagerBytes, isAskedFor ? laterBytes : 0].map((bytes) => bytes / 1000)
    const isClose = measured.map((kilobytes, i) => {
      const off = Math.abs(kilobytes - (saidOf[subpath]?.[i] ?? Number.NaN))
      return off <= Math.max(0.15, kilobytes / 10)
    })
    expect(isClose, `${subpath} weighs ${measured.map((kB) => kB.toFixed(1)).join(' and ')} kB`).toEqual([
      true,
      true,
    ])
  }
})

describe('its types', () => {
  // With the libraries' own declarations checked, as strict projects do.
  test.each(['tsconfig.json', 'tsconfig.node16.json'])('compile in a strict project: %s', async (config) => {
    await project.tool('typescript/bin/tsc', ['-p', config])
  })
})

test('each entry point can be loaded by Node.js, where a page is rendered, say; its errors are of one class', async () => {
  const names = modules.map(({ subpath }) => `@interviewlm/recorder-sdk${subpath.slice(1)}`)
  writeFileSync(
    join(project.dir, 'load.mjs'),
    `const all = await Promise.all(${JSON.stringify(names)}.map((name) => import(name)))
     const errors = new Set(all.map((one) => one.RecorderError).filter(Boolean))
     process.stdout.write(JSON.stringify({ loaded: all.length, classes: errors.size }))`,
  )
  const said = await project.tool('../load.mjs', [])
  expect(JSON.parse(said)).toEqual({ loaded: modules.length, classes: 1 })
})

describe('what an entry point needs', () => {
  test.each(modules.map(({ subpath, file }) => [subpath, file]))('%s', (subpath, file) => {
    const waitedFor = loadedBy(inPackage(file), { eagerly: true }).packages
    expect(waitedFor).toEqual(PEERS_LOADED[subpath] ?? [])
    const beside = loadedBy(inPackage(file)).packages.filter((name) => !waitedFor.includes(name))
    expect(['socket.io-client', undefined]).toContain(beside[0])
    expect(beside.slice(1)).toEqual([])
  })

  test('the whole file needs nothing', () => {
    for (const { file } of entries.filter(({ isWhole }) => isWhole))
      expect(loadedBy(inPackage(file))).toEqual({ files: [inPackage(asPacked(file))], packages: [] })
  })

  test('peer packages are optional, and named by an adapter', () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(textOf('package.json'))
    expect(Object.keys(peerDependenciesMeta).sort()).toEqual(Object.keys(peerDependencies).sort())
    for (const meta of Object.values(peerDependenciesMeta)) expect(meta).toEqual({ optional: true })
    const named = packedIn(/^dist\/(?:types\/)?adapters\/.*\.(?:js|d\.ts)$/)
      .flatMap((file) => [...textOf(file).matchAll(/\bfrom ?["']([^."'][^"']*)["']/g)])
      .map(([, from = '']) => nameOf(from))
    // Two are taken by their shape: the range says with what it was tried.
    const byShape = ['@anthropic-ai/sdk', '@xterm/xterm']
    expect([...new Set([...named, ...byShape])].sort()).toEqual(Object.keys(peerDependencies).sort())
  })

  test('is not for everybody to use, nor to be published by mistake', () => {
    expect(JSON.parse(textOf('package.json'))).toMatchObject({ license: 'UNLICENSED', private: true })
  })

  test('a server that renders React may import what belongs to the browser', () => {
    expect(textOf('dist/adapters/react.js')).toMatch(/^['"]use client['"]/)
  })
})

/** The packages that are waited for; that others only name types is seen by the compiler. */
const PEERS_LOADED: Record<string, string[]> = {
  '.': ['socket.io-client'],
  './watcher': ['socket.io-client'],
  './lobby': ['socket.io-client'],
  './adapters/codemirror': ['@codemirror/state', '@codemirror/view'],
  './adapters/react': ['react'],
}

const nameOf = (specifier: string) => specifier.replace(/^((?:@[^/]+\/)?[^/]+).*/, '$1')

/** The declarations of some entry points, and all that these name. */
function declarationsFrom(some: readonly Entry[]): string[] {
  const files = some.map(({ types }) => asPacked(types))
  for (const file of files) {
    for (const [, from = ''] of textOf(file).matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g)) {
      const target = join(file, '..', `${from}.d.ts`)
      if (!files.includes(target)) files.push(target)
    }
  }
  return files.sort()
}

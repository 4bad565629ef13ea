import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { exportedSession, sourceOf, textOf } from '../test-support/exports.js'
import { importIntoGit, noGit } from '../test-support/git.js'
import { anyRecording, type Draft, record } from '../test-support/recordings.js'
import { latestFiles } from '../view.js'
import { type GitOptions, gitFastImport } from './git.js'
import { wellFormed } from './well-formed.js'

if (noGit) console.warn('Skipped: there is no git in PATH, so no stream can be checked against it.')

const streamOf = (events: readonly RecordedEvent[], options?: GitOptions) =>
  textOf(gitFastImport(sourceOf(events), exportedSession(), options))
const imported = async (drafts: readonly Draft[], options?: GitOptions) =>
  importIntoGit(await streamOf(record(drafts), options))

function finalFiles(events: readonly RecordedEvent[]) {
  const engine = createReplayEngine()
  engine.insert(events)
  return latestFiles(engine.stateAt())
}

const bytes = (text: string): string => Buffer.from(wellFormed(text)).toString('latin1')
const asText = (files: Map<string, Buffer>) =>
  Object.fromEntries([...files].map(([path, content]) => [path, content.toString()]))

const snapshot = (path: string, content: string, more: Partial<Draft> = {}): Draft => ({
  type: 'code_snapshot',
  fileId: path,
  data: { fileName: path, content },
  ...more,
})
const edit = (path: string, changes: unknown[], more: Partial<Draft> = {}): Draft => ({
  type: 'code_edit',
  fileId: path,
  data: { changes },
  ...more,
})
const created = (filePath: string, content = ''): Draft => ({
  type: 'file_created',
  data: { filePath, content },
})
const deleted = (filePath: string): Draft => ({ type: 'file_deleted', data: { filePath } })
const start = (files: Record<string, string>, more: Partial<Draft> = {}): Draft => ({
  type: 'session_start',
  data: { files: Object.entries(files).map(([filePath, content]) => ({ filePath, content })) },
  ...more,
})

describe.skipIf(noGit)('a code history, imported by git (skipped where there is no git)', () => {
  test('each snapshot and each change of files is a commit at its time, by nobody', async () => {
    await using repository = await imported([
      start({ 'src/a.ts': 'a\n' }, { atMs: 1_700_000_000_000 }),
      edit('src/a.ts', [[1, 0, 'bc']], { atMs: 1_700_000_010_000 }),
      snapshot('src/a.ts', 'abc\n', { atMs: 1_700_000_020_999 }),
      { type: 'test_result', data: { testName: 'x', passed: true }, atMs: 1_700_000_021_000 },
      { type: 'test_result', data: { testName: 'y', passed: false }, atMs: 1_700_000_022_000 },
      { ...created('b.md', '# b'), atMs: 1_700_000_030_000 },
      { type: 'file_renamed', data: { filePath: 'b.md', toPath: 'c.md' }, atMs: 1_700_000_040_000 },
      { ...deleted('c.md'), atMs: 1_700_000_050_000 },
      edit('src/a.ts', [[3, 0, '!']], { atMs: 1_700_000_060_000 }),
    ])
    const log = await repository.git('log', '--reverse', '--format=%s|%an|%ae|%at|%ct')
    const person = 'Candidate|candidate@5e551011-0000-4000-8000-000000000001.invalid'
    expect(log.trimEnd().split('\n')).toEqual(
      [
        ['The session starts', 1_700_000_000],
        ['Save src/a.ts', 1_700_000_020],
        ['Create b.md', 1_700_000_030],
        ['Rename b.md to c.md', 1_700_000_040],
        ['Delete c.md', 1_700_000_050],
        ['The end of the recording', 1_700_000_060],
      ].map(([subject, sec]) => `${subject}|${person}|${sec}|${sec}`),
    )
    expect(await repository.git('show', 'HEAD~4:src/a.ts')).toBe('abc\n')
    expect(await repository.git('show', 'HEAD:src/a.ts')).toBe('abc!\n')
    expect(await repository.git('log', '-1', '--format=%(trailers:key=Tests,valueonly)', 'HEAD~3')).toBe(
      '1/2 passed\n\n',
    )
    expect(await repository.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  test('a recording without a file is one commit, which Git can show', async () => {
    await using repository = await imported([{ type: 'keystroke', data: {} }])
    expect(await repository.git('log', '--format=%s')).toBe('The end of the recording\n')
  })

  test('[R1] of two sources with one path the last change is in the tree, as replay shows it', async () => {
    await using repository = await imported([
      start({ 'a.ts': 'start' }),
      edit('a.ts', [[0, 5, 'mine']], { source: 1 }),
      edit('a.ts', [[0, 5, 'theirs']], { source: 2 }),
      snapshot('a.ts', 'mine', { source: 1 }),
    ])
    expect(await repository.git('show', 'HEAD:a.ts')).toBe('theirs')
  })

  test('[R2] what an outbox brought late is where it happened', async () => {
    await using repository = await imported([
      start({ 'a.ts': '' }, { atMs: 1000 }),
      snapshot('a.ts', 'last', { atMs: 90_000 }),
      snapshot('a.ts', 'middle', { atMs: 50_000, source: 2 }),
    ])
    expect(await repository.git('show', 'HEAD~1:a.ts')).toBe('middle')
    expect(await repository.git('show', 'HEAD:a.ts')).toBe('last')
  })

  test('a folder takes the place of a file, and a file that of a folder', async () => {
    await using repository = await imported([
      created('a', 'file'),
      deleted('a'),
      created('a/b', 'inside'),
      deleted('a/b'),
      created('a', 'file again'),
    ])
    expect(asText(await repository.files())).toEqual({ a: 'file again' })
    expect(await repository.git('show', 'HEAD~2:a/b')).toBe('inside')
  })

  test('no path and no text leaves the tree, ends the stream or is lost', async () => {
    const paths = {
      '/etc/passwd': 'etc/passwd',
      'etc/passwd': 'etc/passwd~2',
      '../../up': '%2E%2E/%2E%2E/up',
      './here': 'here',
      '.git/config': '_.git/config',
      '.GIT./hooks': '.GIT%2E/hooks',
      'x/git~1': 'x/_git~1',
      '.g\u200cit/x': '.g%E2%80%8Cit/x',
      '.gitmodules': '_.gitmodules',
      '.gitignore': '.gitignore',
      'src\\win.ts': 'src/win.ts',
      'C:\\x': 'C%3A/x',
      'nul.txt': '_nul.txt',
      'a\0b\nc': 'a%00b%0Ac',
      '"quoted"': '%22quoted%22',
      'Grüße/日本語.ts': 'Grüße/日本語.ts',
      'half\ud83d': 'half\ufffd',
      dir: 'dir',
      'dir/file': 'dir~2/file',
      'folder/file': 'folder/file',
      folder: 'folder~2',
      '///': 'unnamed',
    }
    const nasty = 'done\n\ncommit refs/heads/x\ndata 5\n\0\ud83d'
    await using repository = await imported(
      Object.keys(paths).map((path) => created(path, `${nasty}${path}`)),
    )
    const files = await repository.files()
    expect([...files.keys()].sort()).toEqual(Object.values(paths).sort())
    for (const [recorded, name] of Object.entries(paths)) {
      expect(files.get(name)?.toString('latin1')).toBe(bytes(`${nasty}${recorded}`))
    }
    expect(await repository.git('branch', '--format=%(refname)')).toBe('refs/heads/main\n')
    expect(await repository.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  test('a path of any length and depth has a name that can be checked out', async () => {
    await using repository = await imported([
      created('x'.repeat(70_000), '1'),
      created('d/'.repeat(50_000), '2'),
      created('日'.repeat(500), '3'),
    ])
    const files = [...(await repository.files()).keys()]
    expect(files).toHaveLength(3)
    for (const file of files) {
      expect(Buffer.byteLength(file)).toBeLessThan(1100)
      for (const name of file.split('/')) expect(Buffer.byteLength(name)).toBeLessThan(256)
    }
  })

  test('an author is a name on one line, whatever was asked for', async () => {
    await using repository = await imported([start({})], { author: 'Jane <x@y> \n Doe' })
    expect(await repository.git('log', '--format=%an <%ae>')).toMatch(/^Jane x@y {3}Doe <candidate@/)
    await using unnamed = await imported([start({})], { author: '<>' })
    expect(await unnamed.git('log', '--format=%an')).toBe('Candidate\n')
  })

  test('a stream that was cut off is refused', async () => {
    const stream = await streamOf(record([start({ 'a.ts': 'abc' }), snapshot('a.ts', 'def')]))
    await expect(importIntoGit(stream.slice(0, -'done\n'.length))).rejects.toThrow(/fast-import/)
  })

  const NASTY_NAMES = [
    'a',
    'b',
    '..',
    '.',
    '.git',
    '.GIT ',
    'git~1',
    '',
    'con',
    'ü',
    'x'.repeat(300),
    'a~2',
    '"',
    ' ',
    '\0',
    '\n',
    '\ud83d',
    'C:',
  ]
  const nastyPath = fc
    .array(fc.constantFrom(...NASTY_NAMES), { minLength: 1, maxLength: 4 })
    .chain((names) => fc.constantFrom('/', '\\', '//').map((separator) => names.join(separator)))
    .filter((path) => path !== '')
  const nastyText = fc.string({ unit: 'binary', maxLength: 40 })
  const nastyDraft: fc.Arbitrary<Draft> = fc.oneof(
    fc.tuple(nastyPath, nastyText).map(([path, text]) => created(path, text)),
    fc.tuple(nastyPath, nastyText).map(([path, text]) => snapshot(path, text)),
    nastyPath.map(deleted),
    fc
      .tuple(nastyPath, nastyPath)
      .map(([filePath, toPath]) => ({ type: 'file_renamed', data: { filePath, toPath } })),
    fc.tuple(nastyPath, nastyText).map(([path, text]) => edit(path, [[0, 1, text]])),
  )
  const nastyRecording = fc
    .array(fc.tuple(nastyDraft, fc.integer({ min: 1, max: 2 })), { maxLength: 30 })
    .map((drafts) => record(drafts.map(([draft, source]) => ({ ...draft, source }))))

  test('whatever was recorded, Git takes it, finds no fault, and its last commit has the final texts', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(nastyRecording, anyRecording({ maxLength: 80 })), async (events) => {
        await using repository = await importIntoGit(await streamOf(events))
        const contents = [...(await repository.files()).values()].map((content) => content.toString('latin1'))
        const expected = finalFiles(events).map((file) => bytes(file.text))
        expect(contents.sort()).toEqual(expected.sort())
        expect(await repository.git('fsck', '--strict', '--no-dangling')).toBe('')
      }),
      { numRuns: 40, interruptAfterTimeLimit: 30_000 },
    )
  })
})

test('files beyond what is held are left out, and the last commit says so', async () => {
  const { FileTracker } = await import('./file-tracker.js')
  const tracker = new FileTracker(3000)
  const events = record([
    created('a', 'x'.repeat(1000)),
    created('b', 'y'.repeat(2000)),
    edit('a', [[0, 1, '']]),
  ])
  const applied = events.map((event) => tracker.apply(event))
  expect(applied).toEqual([['a'], [], ['a']])
  expect(tracker.leftOut).toBe(1)
  expect(tracker.files().map((file) => [file.path, file.text.length])).toEqual([['a', 999]])
})

import { describe, expect, test } from 'vitest'
import { type Draft, record } from '../test-support/recordings.js'
import { createAnalysis } from './index.js'

const CONTEXT = {
  sessionId: 's',
  status: 'ACTIVE',
  startMs: 0,
  endMs: null,
  ratings: new Map<number, number>(),
}

const statsOf = (...drafts: Draft[]) => {
  const analysis = createAnalysis()
  analysis.add(record(drafts))
  return analysis.stats(CONTEXT)
}

/** The origins that the final code has characters of. */
const provenanceOf = (...drafts: Draft[]) => {
  const { total, files, ...counts } = statsOf(...drafts).provenance
  const found = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
  expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(total)
  expect(files.reduce((sum, file) => sum + file.total, 0)).toBe(total)
  return found
}

type Change = [number, number, string]
const edit = (origin: string | undefined, ...changes: Change[]): Draft => ({
  type: 'code_edit',
  fileId: 'a.ts',
  data: { changes, ...(origin && { origin }) },
})
const typed = (at: number, text: string) => edit('typed', [at, 0, text])
const pasted = (at: number, text: string) => edit('paste', [at, 0, text])
const assistant = (content: string): Draft => ({
  type: 'ai_interaction',
  data: { role: 'assistant', content },
})
const snapshot = (content: string, source = 1): Draft => ({
  type: 'code_snapshot',
  fileId: 'a.ts',
  source,
  data: { fileName: 'a.ts', content },
})

describe('where the final code came from', () => {
  test('what edits say of themselves', () => {
    const all = provenanceOf(
      typed(0, '1'),
      edit('complete', [1, 0, '22']),
      edit('ai', [3, 0, '333']),
      edit('program', [6, 0, '4444']),
      edit(undefined, [10, 0, '55555']),
    )
    expect(all).toEqual({ typed: 1, completed: 2, ai: 3, program: 4, unexplained: 5 })
  })

  test('only what is left at the end counts', () => {
    expect(provenanceOf(pasted(0, 'from elsewhere'), edit('typed', [2, 10, 'xy']))).toEqual({
      pasted: 4,
      typed: 2,
    })
    const gone: Draft = { type: 'file_deleted', data: { filePath: 'a.ts' } }
    expect(provenanceOf(typed(0, 'x'), gone)).toEqual({})
  })

  test('typed text that is pasted again is moved; foreign text stays foreign', () => {
    expect(provenanceOf(typed(0, 'own words '), pasted(10, 'words'))).toEqual({ typed: 10, moved: 5 })
    expect(provenanceOf(typed(0, 'own words'), edit('typed', [0, 9, '']), pasted(0, 'own words'))).toEqual({
      moved: 9,
    })
    expect(provenanceOf(pasted(0, 'foreign'), edit('typed', [0, 7, '']), pasted(0, 'foreign'))).toEqual({
      pasted: 7,
    })
    expect(provenanceOf(typed(0, 'ab'), edit('drop', [0, 1, ''], [2, 0, 'a']))).toEqual({
      typed: 1,
      moved: 1,
    })
  })

  test('what an answer of the assistant holds is from AI, however the editor indents it', () => {
    const answer = assistant('Try this:\n```\nreturn x * 42\n```')
    expect(provenanceOf(answer, pasted(0, '    return x\n  * 42'))).toEqual({ ai: 19 })
    expect(provenanceOf(answer, pasted(0, 'x'))).toEqual({ pasted: 1 })
    const prompt: Draft = { type: 'ai_interaction', data: { role: 'user', content: 'return x * 42' } }
    expect(provenanceOf(prompt, pasted(0, 'return x * 42'))).toEqual({ pasted: 13 })
  })

  test('[R2] an answer that arrives after the paste counts by its time', () => {
    const answer = { ...assistant('return x * 42'), source: 2 }
    const paste = { ...pasted(0, 'return x * 42'), atMs: 5000 }
    const before = statsOf(paste, { ...answer, atMs: 4000 })
    expect(before.provenance).toMatchObject({ ai: 13, pasted: 0 })
    expect(before.pastes).toMatchObject({ outsideCount: 0, outsideChars: 0, items: [{ from: 'ai' }] })
    const after = statsOf(paste, { ...answer, atMs: 6000 })
    expect(after.provenance).toMatchObject({ ai: 0, pasted: 13 })
    expect(after.pastes).toMatchObject({ outsideCount: 1, outsideChars: 13 })
  })

  test('undo brings back what was there with its origin', () => {
    expect(
      provenanceOf(
        pasted(0, 'foreign'),
        typed(7, 'own'),
        edit('typed', [5, 5, '']),
        edit('undo', [5, 0, 'gnown']),
      ),
    ).toEqual({ pasted: 7, typed: 3 })
    // Backspaces, one after another, are undone at once.
    const backspaces = [2, 1, 0].map((at) => edit('typed', [at, 1, '']))
    expect(provenanceOf(typed(0, 'own'), ...backspaces, edit('undo', [0, 0, 'own']))).toEqual({ typed: 3 })
    expect(provenanceOf(edit('undo', [0, 0, 'never seen']))).toEqual({ unexplained: 10 })
  })

  test('what files begin with is given, to every source that edits them', () => {
    const start: Draft = {
      type: 'session_start',
      source: 2,
      data: { files: [{ filePath: 'a.ts', content: 'given\n' }] },
    }
    expect(provenanceOf(start, typed(6, 'own'))).toEqual({ given: 6, typed: 3 })
    const opened: Draft = { type: 'editor_open', fileId: 'a.ts', data: { content: 'given\n' } }
    expect(provenanceOf(opened, typed(0, 'own'))).toEqual({ given: 6, typed: 3 })
    const created: Draft = { type: 'file_created', data: { filePath: 'a.ts', content: 'given' } }
    const renamed: Draft = { type: 'file_renamed', data: { filePath: 'a.ts', toPath: 'b.ts' } }
    expect(provenanceOf(created, typed(0, 'own'), renamed)).toEqual({ given: 5, typed: 3 })
  })

  test('of a saved text, what the edits do not explain is unexplained', () => {
    expect(provenanceOf(snapshot('all at once'))).toEqual({ unexplained: 11 })
    expect(provenanceOf(typed(0, 'one\nthree\n'), snapshot('one\ntwo\nthree\n'))).toEqual({
      typed: 10,
      unexplained: 4,
    })
    expect(provenanceOf(typed(0, 'const a = 1\n'), snapshot('const ab = 1\n'))).toEqual({
      typed: 12,
      unexplained: 1,
    })
  })

  test('of two shortest diffs it is the same one always: a stored number and one that is computed now agree', () => {
    const created: Draft = { type: 'file_created', data: { filePath: 'a.ts', content: 'a1\n\nb\n1\nc' } }
    // The second of the empty lines is the old one; with the first, 5 characters were given.
    expect(provenanceOf(created, snapshot('a2\n\n\nc'))).toEqual({ given: 4, unexplained: 2 })
  })

  test('[R1] a text that another source saves keeps what its writer is known to have done', () => {
    const text = 'typed in the tab\n'
    expect(provenanceOf(typed(0, text), snapshot(text, 2))).toEqual({ typed: 17 })
    // Also where the save arrives first.
    expect(provenanceOf({ ...snapshot(text, 2), atMs: 9000 }, { ...typed(0, text), atMs: 8000 })).toEqual({
      typed: 17,
    })
  })

  test('a reloaded page opens what the one before it wrote', () => {
    const opened: Draft = { type: 'editor_open', fileId: 'a.ts', source: 2, data: { content: 'first' } }
    expect(provenanceOf(typed(0, 'first'), opened, { ...typed(5, ' second'), source: 2 })).toEqual({
      typed: 12,
    })
  })

  test('[R7] a long insertion in pieces is one', () => {
    const piece = (index: number, change: Change): Draft => ({
      type: 'code_edit',
      fileId: 'a.ts',
      data: { changes: [change], origin: 'paste', part: { id: 'p', index, count: 2 } },
    })
    const stats = statsOf(piece(0, [0, 0, 'from ']), piece(1, [0, 0, 'outside']))
    expect(stats.provenance).toMatchObject({ total: 12, pasted: 12 })
    expect(stats.pastes).toMatchObject({ count: 1, totalChars: 12 })
  })
})

describe('pastes', () => {
  const signal = (atMs: number, lengthChars: number): Draft => ({
    type: 'paste',
    atMs,
    data: { lengthChars },
  })

  test('the edit and the signal of one paste count once, in either order', () => {
    const paste = { ...pasted(0, 'foreign text'), atMs: 1000 }
    const one = { count: 1, totalChars: 12, largestChars: 12, outsideCount: 1, outsideChars: 12 }
    expect(statsOf(signal(1000, 14), paste).pastes).toMatchObject(one)
    expect(statsOf(paste, signal(1900, 14)).pastes).toMatchObject(one)
    expect(statsOf(paste, signal(2001, 14)).pastes).toMatchObject({
      count: 2,
      totalChars: 26,
      largestChars: 14,
    })
    expect(statsOf(signal(1000, 14)).pastes).toMatchObject({ count: 1, totalChars: 14, outsideCount: 0 })
    expect(statsOf(signal(1000, 14), paste, paste, signal(1500, 12)).pastes).toMatchObject({ count: 2 })
  })

  test('another source’s signal is another paste', () => {
    const paste = { ...pasted(0, 'foreign text'), atMs: 1000 }
    expect(statsOf({ ...signal(1000, 12), source: 2 }, paste).pastes.count).toBe(2)
  })
})

describe('own code with other white space', () => {
  const own = 'if (a) {\n  b(c)\n}\n'

  test.each([
    ['indented by the editor', '  if (a) {\n    b(c)\n  }\n'],
    ['with the line ends of another system', own.replaceAll('\n', '\r\n')],
    ['with the line end that the file lacks', `${own}\n`],
  ])('pasted %s, it is not from outside', (_how, text) => {
    const again = statsOf(typed(0, own), pasted(own.length, text))
    expect(again.provenance).toMatchObject({ typed: own.length, moved: text.length, pasted: 0 })
    expect(again.pastes).toMatchObject({ count: 1, outsideCount: 0, items: [{ from: 'own' }] })
    const cut = statsOf(typed(0, own), edit('typed', [0, own.length, '']), pasted(0, text))
    expect(cut.provenance).toMatchObject({ total: text.length, moved: text.length })
  })

  test('foreign code stays foreign, and white space alone is from nowhere', () => {
    const foreign = 'foreign( text )'
    expect(provenanceOf(pasted(0, foreign), pasted(foreign.length, '\tforeign(text)'))).toEqual({
      pasted: foreign.length + 14,
    })
    expect(statsOf(pasted(0, '\n\n  ')).pastes).toMatchObject({ count: 1, outsideCount: 0 })
  })

  test.each([['program'], [undefined]])('what origin %s leaves as it was keeps its origin', (origin) => {
    const mixed = [typed(0, own), pasted(own.length, 'foreign()\n')]
    const length = own.length + 10
    const respaced = 'if (a)\n{\n\tb(c)\n}\nforeign()\n'
    expect(provenanceOf(...mixed, edit(origin, [0, length, respaced]))).toEqual({
      typed: respaced.length - 10,
      pasted: 10,
    })
    expect(provenanceOf(...mixed, edit(origin, [0, length, `// made\n${own}foreign();\n`]))).toMatchObject({
      typed: own.length,
      pasted: 10,
      [origin ?? 'unexplained']: 9,
    })
  })
})

test('an answer can be pasted from while it is written', () => {
  const paste: Draft = { ...pasted(0, 'const answer = 42'), atMs: 5000 }
  const answer = (latency: number): Draft => ({
    type: 'ai_interaction',
    source: 2,
    atMs: 9000,
    data: { role: 'assistant', content: 'So: const answer = 42;', latency },
  })
  expect(provenanceOf(paste, answer(8000))).toEqual({ ai: 17 })
  expect(provenanceOf(paste, answer(3000))).toEqual({ pasted: 17 })
})

test('own code that is changed between copy and paste is not from outside', () => {
  const own = 'function add(a, b) {\n  return a + b\n}\n'
  const copy: Draft = { type: 'copy', data: { lengthChars: own.length } }
  const changed = edit('typed', [9, 3, 'sum'])
  expect(provenanceOf(typed(0, own), copy, changed, pasted(own.length, own))).toEqual({
    typed: own.length,
    moved: own.length,
  })
  // Undo brings back what was removed, not what looks the same where something was copied.
  const twice = [
    pasted(0, 'xyz'),
    typed(3, 'xyz'),
    edit('typed', [3, 3, '']),
    copy,
    edit('undo', [3, 0, 'xyz']),
  ]
  expect(provenanceOf(...twice)).toEqual({ pasted: 3, typed: 3 })
})

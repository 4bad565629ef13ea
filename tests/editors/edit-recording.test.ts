import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { clipboardOf } from '../../client-sdk/src/adapters/clipboard-memory.js'
import { type Caret, recordEdits } from '../../client-sdk/src/adapters/edit-recording.js'
import { recordFiles } from '../../client-sdk/src/adapters/files.js'
import { fileHandle } from '../../client-sdk/src/adapters/files-handle.js'
import type { EventRecorder, RecordableEvent, Resync } from '../../client-sdk/src/recorder-types.js'
import type { CodeChange } from '../../protocol/event-schemas.js'
import { replay } from '../../replay/test-support/replay.js'
import { applyChanges } from '../../scripts/simulate/apply-changes.js'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A cursor that selects nothing. */
const at = (offset: number): Caret => ({ anchor: offset, head: offset })

/** A recorder that can be full, or fail, and an editor that is a string. */
function setUp(before = '', options = {}) {
  const events: RecordableEvent[] = []
  const resyncs = new Set<(payload: Resync) => void>()
  const state = { isFull: false, fault: undefined as unknown, text: before, caret: at(0) }
  const recorder: EventRecorder = {
    record: (event) => {
      if (state.fault !== undefined) throw state.fault
      if (state.isFull) return 0
      return events.push(JSON.parse(JSON.stringify(event)))
    },
    on: (event, handler) => {
      if (event === 'resync') resyncs.add(handler as never)
      return () => resyncs.delete(handler as never)
    },
  }
  const dom = new EventTarget()
  const file = fileHandle(recorder, 'a.js')
  const open = () =>
    recordEdits(
      recorder,
      { file, dom: dom as HTMLElement, text: () => state.text, caret: () => state.caret },
      options,
    )
  const recording = open()
  /** As an editor does: the text first, then its listeners. */
  const edit = (
    changes: CodeChange[],
    caret: Caret,
    origin: 'typed' | 'paste' | 'drop' | 'program' = 'typed',
  ) => {
    state.text = applyChanges(state.text, changes)
    state.caret = caret
    recording.edit(changes, origin, undefined, caret)
    recording.select()
  }
  const type = (text: string) => {
    for (const char of text) {
      const { head } = state.caret
      edit([[head, 0, char]], at(head + 1))
    }
  }
  return {
    events,
    state,
    recorder,
    dom,
    file,
    recording,
    open,
    edit,
    type,
    resync: (reason: Resync['reason']) => {
      for (const handler of resyncs) handler({ reason })
    },
    types: () => events.map(({ type }) => type),
    data: (type: string) => events.filter((event) => event.type === type).map(({ data }) => data),
    replayed: () => replay(events.map(({ type, data, fileId = null }) => ({ type, data, fileId }))),
    listenerCount: () => resyncs.size,
  }
}

describe('the cursor', () => {
  test('is told where it stops, and no more often than set while it moves', () => {
    const { recording, state, data } = setUp('a long line')
    vi.advanceTimersByTime(100)
    for (let offset = 1; offset <= 10; offset++) {
      state.caret = at(offset)
      recording.select()
      vi.advanceTimersByTime(30)
    }
    vi.advanceTimersByTime(100)
    const told = data('cursor') as { head: number }[]
    expect(told.length).toBeLessThanOrEqual(5)
    expect(told.at(-1)).toEqual({ anchor: 10, head: 10 })
    vi.advanceTimersByTime(5000)
    expect(data('cursor')).toHaveLength(told.length)
  })

  test('is nothing more to say where an edit told it or took it along', () => {
    const { type, edit, data, replayed } = setUp('()')
    type('ab')
    edit([[1, 1, '']], at(1))
    edit([[1, 0, '""']], at(2))
    edit(
      [
        [0, 1, 'x'],
        [2, 0, 'y'],
      ],
      { anchor: 1, head: 4 },
    )
    vi.advanceTimersByTime(1000)
    expect(data('cursor')).toEqual([])
    const selections = (data('code_edit') as { selection?: object }[]).map(({ selection }) => selection)
    expect(selections).toEqual([
      { anchor: 1, head: 1 },
      undefined,
      undefined,
      { anchor: 2, head: 2 },
      { anchor: 1, head: 4 },
    ])
    expect(replayed().files[0]?.selection).toEqual({ anchor: 1, head: 4 })
  })

  test('typing where it was not told to be says where it is', () => {
    const { type, state, data, replayed } = setUp('first\nsecond')
    vi.advanceTimersByTime(100)
    state.caret = at(12)
    type('xy')
    const selections = (data('code_edit') as { selection?: object }[]).map(({ selection }) => selection)
    expect(selections).toEqual([{ anchor: 13, head: 13 }, undefined])
    expect(replayed().files[0]?.selection).toEqual({ anchor: 14, head: 14 })
  })

  test('an edit that the editor has not moved the cursor for yet is followed by where it is then', () => {
    const { recording, state, data, replayed } = setUp('ab')
    state.caret = at(2)
    recording.select()
    vi.advanceTimersByTime(100)
    state.text = 'xab'
    recording.edit([[0, 0, 'x']], 'program')
    recording.select()
    state.caret = at(3)
    vi.advanceTimersByTime(100)
    expect(data('cursor')).toEqual([
      { anchor: 2, head: 2 },
      { anchor: 3, head: 3 },
    ])
    expect(replayed().files[0]?.selection).toEqual({ anchor: 3, head: 3 })
  })
})

describe('the whole text', () => {
  test('is told so long after the last change, once', () => {
    const { type, types, data } = setUp('', { snapshotAfterMs: 500, language: 'javascript' })
    for (let i = 0; i < 5; i++) {
      type('x')
      vi.advanceTimersByTime(400)
    }
    expect(types()).not.toContain('code_snapshot')
    vi.advanceTimersByTime(2000)
    expect(data('code_snapshot')).toEqual([{ fileName: 'a.js', language: 'javascript', content: 'xxxxx' }])
  })

  test('is told on save, and when the editor leaves the file, if it was changed', () => {
    const { type, types, recording, listenerCount } = setUp('')
    type('x')
    recording.save()
    expect(types().slice(-2)).toEqual(['code_snapshot', 'file_write'])
    type('y')
    recording.dispose()
    expect(types().at(-1)).toBe('code_snapshot')
    const count = types().length
    vi.advanceTimersByTime(10_000)
    expect(types()).toHaveLength(count)
    expect(listenerCount()).toBe(0)
  })
})

describe('where events are not kept', () => {
  test('edits wait until the whole text was told again', () => {
    const { type, state, resync, replayed } = setUp('')
    type('told ')
    state.isFull = true
    type('not told ')
    state.isFull = false
    type('more ')
    resync('not_kept')
    type('again')
    vi.advanceTimersByTime(5000)
    expect(replayed().files[0]?.text).toBe('told not told more again')
    expect(replayed().divergences).toEqual([])
  })

  test('the recorder need not say when: the next edit, or the pause after it, tells the text', () => {
    const { type, state, replayed } = setUp('')
    state.isFull = true
    type('not told')
    state.isFull = false
    vi.advanceTimersByTime(2000)
    expect(replayed().files[0]?.text).toBe('not told')
  })

  test('a fault is reported once, and a closed recorder is none', () => {
    const reportError = vi.fn()
    vi.stubGlobal('reportError', reportError)
    const { type, state, recording } = setUp('')
    state.fault = Object.assign(new Error('closed'), { code: 'RECORDER_CLOSED' })
    type('quiet')
    recording.save()
    expect(reportError).not.toHaveBeenCalled()
    const fault = new Error('broken')
    state.fault = fault
    type('not thrown')
    recording.dispose()
    vi.advanceTimersByTime(5000)
    expect(reportError).toHaveBeenCalledExactlyOnceWith(fault)
  })
})

describe('two editors of one file', () => {
  test('the one that opened it last tells of it, and the other one when that is gone', () => {
    const { open, state, edit, types, replayed } = setUp('text')
    const second = open()
    edit([[0, 0, 'a']], at(1))
    expect(types()).not.toContain('code_edit')
    second.edit([[0, 0, 'a']], 'typed', undefined, at(1))
    second.dispose()
    edit([[1, 0, 'b']], at(2))
    edit([[2, 0, 'c']], at(3))
    expect(replayed().files[0]?.text).toBe(state.text)
    expect(types().filter((type) => type === 'code_edit')).toHaveLength(2)
  })
})

describe('the page’s files', () => {
  test('one that is made while an editor shows it has the editor’s text with the next change', () => {
    const { recorder, state, type, replayed } = setUp('// a template\n')
    recordFiles(recorder).create('a.js')
    type('x')
    expect(replayed().files[0]?.text).toBe(state.text)
    expect(replayed().divergences).toEqual([])
  })

  test('one that is shown under its new name before the page says so goes on', () => {
    const { recorder, state, type, replayed } = setUp('text')
    recordFiles(recorder).rename('old.js', 'a.js', 'text')
    type('x')
    expect(replayed().files.find(({ path }) => path === 'a.js')?.text).toBe(state.text)
  })
})

describe('what is pasted', () => {
  const event = (type: string, data: object) => Object.assign(new Event(type), data)
  const copied = (text: string) => ({ clipboardData: { getData: () => text } })

  test('is own after a copy, a cut or a drag in the editor, and else from outside', () => {
    const { dom, edit, data } = setUp('')
    dom.dispatchEvent(event('copy', copied('const a = 1')))
    dom.dispatchEvent(event('dragstart', { dataTransfer: { getData: () => 'dragged' } }))
    edit([[0, 0, 'const a = 1']], at(11), 'paste')
    edit([[0, 0, 'dragged']], at(7), 'drop')
    edit([[0, 0, 'stolen']], at(6), 'paste')
    edit([[0, 0, 'typed']], at(5), 'typed')
    const sources = (data('code_edit') as { source?: string }[]).map(({ source }) => source)
    expect(sources).toEqual(['own', 'own', 'outside', undefined])
  })

  test('at several cursors is one text, whole at each or line by line', () => {
    const { recorder, edit, data } = setUp('1\n2\n')
    clipboardOf(recorder).copied('ab', 'ai')
    clipboardOf(recorder).copied('x\ny', 'own')
    edit(
      [
        [0, 0, 'ab'],
        [2, 0, 'ab'],
      ],
      at(2),
      'paste',
    )
    edit(
      [
        [0, 0, 'x'],
        [2, 0, 'y'],
      ],
      at(1),
      'paste',
    )
    expect((data('code_edit') as { source?: string }[]).map(({ source }) => source)).toEqual(['ai', 'own'])
  })

  test('at several cursors, as it was copied: the same at each', () => {
    const { recorder, edit, data } = setUp('1\n2\n')
    clipboardOf(recorder).copied('same\nsame', 'own')
    edit(
      [
        [0, 0, 'same'],
        [2, 0, 'same'],
      ],
      at(4),
      'paste',
    )
    expect(data('code_edit')).toMatchObject([{ source: 'own' }])
  })
})

test('keys are told of, but for those that do nothing by themselves', () => {
  const { dom, types, recording } = setUp('')
  const press = (key: string) => dom.dispatchEvent(Object.assign(new Event('keydown'), { key }))
  for (const key of ['Shift', 'A', 'Enter', 'Control', 'Process', 'CapsLock', 'AltGraph', 'Meta']) press(key)
  expect(types().filter((type) => type === 'keystroke')).toHaveLength(3)
  recording.dispose()
  press('a')
  expect(types().filter((type) => type === 'keystroke')).toHaveLength(3)
})

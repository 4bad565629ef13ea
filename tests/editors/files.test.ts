import { describe, expect, test, vi } from 'vitest'
import { recordFiles } from '../../client-sdk/src/adapters/files.js'
import { fileHandle, markDeleted } from '../../client-sdk/src/adapters/files-handle.js'
import type { EventRecorder, RecordableEvent } from '../../client-sdk/src/recorder-types.js'
import { replay } from '../../replay/test-support/replay.js'

function listRecorder() {
  const events: RecordableEvent[] = []
  const recorder: EventRecorder = { record: (event) => events.push(event), on: () => () => {} }
  const filesAfter = () =>
    Object.fromEntries(
      replay(events.map(({ type, data, fileId = null }) => ({ type, data, fileId }))).files.map((file) => [
        file.path,
        file.deleted ? null : file.text,
      ]),
    )
  return { events, recorder, filesAfter }
}

describe('the files of a page', () => {
  test('are told of as replay reads it', () => {
    const { recorder, events, filesAfter } = listRecorder()
    const files = recordFiles(recorder)
    files.create('a.js', 'let a')
    files.create('empty.js')
    files.open('b.js', 'b')
    files.rename('a.js', 'src/a.js')
    files.rename('b.js', 'src/b.js', 'new b')
    files.save('src/a.js', 'let a = 1', 'javascript')
    files.delete('empty.js')
    expect(filesAfter()).toEqual({
      'a.js': null,
      'b.js': null,
      'empty.js': null,
      'src/a.js': 'let a = 1',
      'src/b.js': 'new b',
    })
    expect(events.map(({ type }) => type)).toEqual([
      'file_created',
      'file_created',
      'editor_open',
      'file_renamed',
      'file_renamed',
      'code_snapshot',
      'file_write',
      'file_deleted',
    ])
  })

  test('a handle goes on under the new path, and another file may have the old one', () => {
    const { recorder } = listRecorder()
    const files = recordFiles(recorder)
    const mine = fileHandle(recorder, 'a.js')
    files.rename('a.js', 'b.js')
    expect(mine.path).toBe('b.js')
    expect(fileHandle(recorder, 'b.js')).toBe(mine)
    expect(fileHandle(recorder, 'a.js')).not.toBe(mine)
    files.rename('b.js', 'c.js')
    files.rename('c.js', 'c.js')
    expect(mine.path).toBe('c.js')
    expect(fileHandle(recorder, 'c.js')).toBe(mine)
  })

  test('each recorder has files of its own', () => {
    const [one, other] = [listRecorder().recorder, listRecorder().recorder]
    recordFiles(one).rename('a.js', 'b.js')
    expect(fileHandle(other, 'a.js')).not.toBe(fileHandle(one, 'b.js'))
  })

  test('a deleted file has no writer until it is made anew', () => {
    const { recorder } = listRecorder()
    const file = fileHandle(recorder, 'a.js')
    markDeleted(recorder, 'a.js')
    expect(file.writer).toBeDefined()
    recordFiles(recorder).create('a.js', '')
    expect(file.writer).toBeUndefined()
  })

  test('a path is as long as the wire lets it be, and never empty', () => {
    const { recorder, events } = listRecorder()
    recordFiles(recorder).create(`${'deep/'.repeat(1000)}file.js`)
    recordFiles(recorder).save('')
    const [created, saved] = events.map(({ fileId }) => fileId ?? '')
    expect(created).toHaveLength(800)
    expect(created?.endsWith('/file.js')).toBe(true)
    expect(saved).toBe('untitled')
  })

  test('a closed recorder is nothing to the page', () => {
    const record = vi.fn(() => {
      throw Object.assign(new Error('closed'), { code: 'RECORDER_CLOSED' })
    })
    expect(() => recordFiles({ record, on: () => () => {} }).create('a.js')).not.toThrow()
  })
})

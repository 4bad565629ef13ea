import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { RecorderError } from '../../../protocol/errors.js'
import { Handlers } from '../handlers.js'
import type { RecordableEvent, RecorderEvents, RecorderStatus, Resync } from '../recorder-types.js'
import { clipboardOf } from './clipboard-memory.js'
import { type PageSignalsOptions, recordPageSignals } from './page-signals.js'

// Of Node.js alone: browsers don't count listeners.
setMaxListeners(0)
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => vi.useRealTimers())

/** As db/text.ts does it, which the SDK may not import. */
const hashText = (text: string): string => createHash('sha256').update(JSON.stringify(text)).digest('hex')

class FakeDocument extends EventTarget {
  visibilityState = 'visible'
  fullscreenElement: object | null = null
  isFocused = true
  hasFocus = () => this.isFocused
}

class FakeWindow extends EventTarget {
  document = new FakeDocument()
  navigator = { onLine: true }
  selection = ''
  getSelection = () => ({ toString: () => this.selection })

  /** An event of the clipboard, at an element with these attributes or fields. */
  clipboard(type: string, text: string, at: object = {}, isWrittenByPage = false): void {
    const event = Object.assign(new Event(type, { cancelable: true }), {
      clipboardData: { getData: () => text },
    })
    event.composedPath = () => [at as EventTarget, this.document, this]
    if (isWrittenByPage) event.preventDefault()
    this.dispatchEvent(event)
  }
}

class FakeRecorder {
  readonly events: RecordableEvent[] = []
  readonly handlers = new Handlers<RecorderEvents>()
  state: RecorderStatus['state'] = 'recording'
  isPaused = false
  /** What `record` does in the place of recording. */
  instead: (() => number) | null = null

  get status(): RecorderStatus {
    return { state: this.state, isPaused: this.isPaused } as RecorderStatus
  }

  record(event: RecordableEvent): number {
    if (this.instead !== null) return this.instead()
    if (!this.isPaused) this.events.push(event)
    return this.events.length
  }

  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void {
    return this.handlers.on(event, handler)
  }

  becomes(change: { state?: RecorderStatus['state']; isPaused?: boolean }): void {
    Object.assign(this, change)
    this.handlers.emit('status', this.status)
  }

  resync(reason: Resync['reason']): void {
    this.handlers.emit('resync', { reason })
  }

  get types(): string[] {
    return this.events.map(({ type }) => type)
  }
}

function started(prepare: (page: FakeWindow, recorder: FakeRecorder) => void = () => {}) {
  const page = new FakeWindow()
  const recorder = new FakeRecorder()
  prepare(page, recorder)
  const options: PageSignalsOptions = { window: page as unknown as Window }
  const stop = recordPageSignals(recorder, options)
  const hidden = (isHidden: boolean) => {
    page.document.visibilityState = isHidden ? 'hidden' : 'visible'
    page.document.dispatchEvent(new Event('visibilitychange'))
  }
  const happens = (type: string) => page.dispatchEvent(new Event(type))
  return { page, recorder, stop, hidden, happens }
}

/** What hashes is loaded beside the page. */
async function startedWithHashing() {
  const all = started()
  await vi.dynamicImportSettled()
  return all
}

const attributes = (all: Record<string, string>) => ({ getAttribute: (name: string) => all[name] ?? null })

test('hidden and visible, each once; a page that starts hidden says so', () => {
  const { recorder, hidden } = started((page) => {
    page.document.visibilityState = 'hidden'
  })
  expect(recorder.types).toEqual(['tab_hidden'])
  hidden(true)
  hidden(false)
  hidden(false)
  hidden(true)
  expect(recorder.types).toEqual(['tab_hidden', 'tab_visible', 'tab_hidden'])
})

test('a page that is left is hidden before the recorder sends its last, and visible when it is back', () => {
  const { recorder, page, hidden, happens } = started()
  page.addEventListener('pagehide', () => recorder.record({ type: 'custom:last', data: null }))
  happens('pagehide')
  hidden(true)
  expect(recorder.types).toEqual(['tab_hidden', 'custom:last'])
  page.document.visibilityState = 'visible'
  happens('pageshow')
  expect(recorder.types.at(-1)).toBe('tab_visible')
})

test('a window that loses the focus, but not to a frame of its own page', () => {
  const { recorder, page, happens } = started()
  page.document.isFocused = false
  happens('blur')
  page.document.isFocused = true
  happens('focus')
  expect(recorder.types).toEqual(['window_blur', 'window_focus'])
  // Into a frame, from there to another window, and back into the frame: the page is told nothing.
  happens('blur')
  vi.advanceTimersByTime(1000)
  expect(recorder.types).toHaveLength(2)
  page.document.isFocused = false
  vi.advanceTimersByTime(1000)
  expect(recorder.types.slice(2)).toEqual(['window_blur'])
  page.document.isFocused = true
  vi.advanceTimersByTime(1000)
  expect(recorder.types.slice(2)).toEqual(['window_blur', 'window_focus'])
})

test('the end of fullscreen, not its beginning', () => {
  const { recorder, page } = started()
  const becomes = (element: object | null) => {
    page.document.fullscreenElement = element
    page.document.dispatchEvent(new Event('fullscreenchange'))
  }
  becomes({})
  becomes({})
  expect(recorder.types).toEqual([])
  becomes(null)
  expect(recorder.types).toEqual(['fullscreen_exit'])
})

test('a connection that browser and recorder both see lost is lost once, and back when the recorder is', () => {
  const { recorder, happens } = started()
  happens('offline')
  recorder.becomes({ state: 'lagging' })
  recorder.becomes({ state: 'offline' })
  happens('online')
  expect(recorder.types).toEqual(['connection_lost'])
  recorder.becomes({ state: 'recording' })
  recorder.becomes({ state: 'recording' })
  expect(recorder.types).toEqual(['connection_lost', 'connection_restored'])
  expect(recorder.events.map(({ data }) => data)).toEqual([{ source: 'browser' }, { source: 'recorder' }])
})

test('a network that is gone for a moment, too short for the recorder to notice', () => {
  const { recorder, happens } = started()
  happens('offline')
  recorder.becomes({ state: 'recording' })
  expect(recorder.types).toEqual(['connection_lost'])
  happens('online')
  expect(recorder.types).toEqual(['connection_lost', 'connection_restored'])
})

test('a service that is away while the network is there; late acks are no loss', () => {
  const { recorder } = started()
  recorder.becomes({ state: 'lagging' })
  recorder.becomes({ state: 'recording' })
  expect(recorder.types).toEqual([])
  recorder.becomes({ state: 'offline' })
  recorder.becomes({ state: 'lagging' })
  expect(recorder.types).toEqual(['connection_lost', 'connection_restored'])
})

test('a page that starts offline; a browser that is wrong about it is not believed', () => {
  const offline = (state: RecorderStatus['state']) =>
    started((page, recorder) => {
      page.navigator.onLine = false
      recorder.state = state
    }).recorder
  const starting = offline('connecting')
  expect(starting.types).toEqual(['connection_lost'])
  starting.becomes({ state: 'recording' })
  expect(starting.types).toEqual(['connection_lost', 'connection_restored'])
  expect(offline('recording').types).toEqual([])
})

test('a paste: how long, its hash, where from; never the text', async () => {
  const { recorder, page } = await startedWithHashing()
  const text = 'const a = "\ud83d"\r\n'
  clipboardOf(recorder).copied('my own', 'own')
  page.clipboard('paste', text, attributes({ 'data-recorder-file': 'src/a.ts' }))
  page.clipboard('paste', 'my own')
  page.clipboard('paste', '')
  expect(recorder.events).toEqual([
    {
      type: 'paste',
      fileId: 'src/a.ts',
      data: { lengthChars: text.length, source: 'outside', sha256: hashText(text) },
    },
    { type: 'paste', data: { lengthChars: 6, source: 'own', sha256: hashText('my own') } },
    { type: 'paste', data: { lengthChars: 0 } },
  ])
})

test('what is pasted into a password field is nobody’s business', async () => {
  const { recorder, page } = await startedWithHashing()
  page.clipboard('paste', 'secret', { type: 'password', value: '' })
  page.clipboard('paste', 'public', { type: 'text', value: '' })
  expect(recorder.events).toHaveLength(1)
  expect(recorder.events[0]?.data).toMatchObject({ sha256: hashText('public') })
})

test('copies: from a selection, a field, an editor; and pasted again they are known', async () => {
  const { recorder, page } = await startedWithHashing()
  page.selection = 'from the page'
  page.clipboard('copy', 'stale')
  page.selection = 'from an answer'
  page.clipboard('copy', '', attributes({ 'data-recorder-source': 'ai' }))
  page.clipboard('cut', '', { type: 'textarea', value: 'a field', selectionStart: 2, selectionEnd: 7 })
  clipboardOf(recorder).copied('by the editor', 'own')
  page.clipboard('copy', 'by the editor', {}, true)
  page.selection = ''
  page.clipboard('copy', '')
  for (const text of ['from the page', 'from an answer', 'field', 'by the editor', 'foreign'])
    page.clipboard('paste', text)
  expect(recorder.events.map(({ type, data }) => [type, data])).toMatchObject([
    ['copy', { lengthChars: 13, source: 'page', sha256: hashText('from the page') }],
    ['copy', { lengthChars: 14, source: 'ai', sha256: hashText('from an answer') }],
    ['copy', { lengthChars: 5, source: 'page', sha256: hashText('field'), cut: true }],
    ['copy', { lengthChars: 13, source: 'own', sha256: hashText('by the editor') }],
    ['paste', { source: 'page' }],
    ['paste', { source: 'ai' }],
    ['paste', { source: 'page' }],
    ['paste', { source: 'own' }],
    ['paste', { source: 'outside' }],
  ])
})

/** A machine that has other things to do takes its time. */
const A_WHILE = { timeout: 60_000 }

test('a long text has its place at once and its hash later', async () => {
  const { recorder, page } = started()
  const text = 'long\n'.repeat(200_000)
  recorder.record({ type: 'custom:before', data: null })
  page.clipboard('paste', text)
  recorder.record({ type: 'custom:after', data: null })
  expect(recorder.types).toEqual(['custom:before', 'paste', 'custom:after'])
  expect(recorder.events[1]?.data).toEqual({ lengthChars: 1_000_000, source: 'outside' })
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(1)
    expect(recorder.events).toHaveLength(4)
  }, A_WHILE)
  expect(recorder.events[3]).toEqual({
    type: 'custom:clipboard_hash',
    data: { sourceSeq: 2, lengthChars: 1_000_000, sha256: hashText(text) },
  })
})

test('before what hashes is loaded, a short text too has its place at once and its hash later', async () => {
  const { recorder, page } = started()
  page.clipboard('paste', 'short')
  expect(recorder.events).toEqual([{ type: 'paste', data: { lengthChars: 5, source: 'outside' } }])
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(1)
    expect(recorder.events).toHaveLength(2)
  }, A_WHILE)
  expect(recorder.events[1]).toEqual({
    type: 'custom:clipboard_hash',
    data: { sourceSeq: 1, lengthChars: 5, sha256: hashText('short') },
  })
})

test.each([
  ['is tried again', false, ['paste', 'custom:clipboard_hash']],
  ['is not tried again once the adapter is stopped', true, ['paste']],
])('what hashes and can not be loaded %s', async (_, isStopped, types) => {
  const load = vi.fn(() => Promise.reject(new Error('No network.')))
  vi.doMock('./clipboard-hashing.js', load)
  onTestFinished(() => vi.doUnmock('./clipboard-hashing.js'))
  const { recorder, page, stop } = started()
  page.clipboard('paste', 'short')
  await vi.waitFor(() => expect(load).toHaveBeenCalled(), A_WHILE)
  await vi.dynamicImportSettled()
  await vi.advanceTimersByTimeAsync(100)
  expect(recorder.types).toEqual(['paste'])
  if (isStopped) stop()
  vi.doUnmock('./clipboard-hashing.js')
  for (let i = 0; i < 5; i++) {
    await vi.advanceTimersByTimeAsync(1000)
    await vi.dynamicImportSettled()
  }
  expect(recorder.types).toEqual(types)
})

test('texts that wait for their hash are bounded', async () => {
  const { recorder, page } = started()
  const text = 'x'.repeat(5 * 1024 * 1024)
  for (let i = 0; i < 5; i++) page.clipboard('paste', text)
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(1)
    expect(recorder.types.filter((type) => type === 'custom:clipboard_hash')).toHaveLength(3)
  }, A_WHILE)
  expect(recorder.types.filter((type) => type === 'paste')).toHaveLength(5)
})

test('in a pause nothing is recorded, a hash neither; afterwards what holds then is told', async () => {
  const { recorder, page, hidden, happens } = started()
  recorder.record({ type: 'custom:before', data: null })
  page.document.isFocused = false
  happens('blur')
  recorder.becomes({ isPaused: true })
  page.clipboard('paste', 'x'.repeat(10_000))
  hidden(true)
  page.document.isFocused = true
  happens('focus')
  await vi.advanceTimersByTimeAsync(100)
  recorder.becomes({ isPaused: false })
  await vi.advanceTimersByTimeAsync(100)
  expect(recorder.types).toEqual(['custom:before', 'window_blur'])
  recorder.resync('resumed')
  expect(recorder.types).toEqual(['custom:before', 'window_blur', 'tab_hidden', 'window_focus'])
  recorder.resync('resumed')
  expect(recorder.types).toHaveLength(4)
})

test('what found no room is told again', () => {
  const { recorder, hidden } = started()
  recorder.instead = () => 0
  hidden(true)
  recorder.instead = null
  recorder.resync('not_kept')
  expect(recorder.types).toEqual(['tab_hidden'])
})

test('a recorder that is closed does not trouble the page', () => {
  const { recorder, page, hidden } = started()
  recorder.instead = () => {
    throw new RecorderError('RECORDER_CLOSED', 'record() was called after close().')
  }
  hidden(true)
  page.clipboard('paste', 'x'.repeat(10_000))
})

test('signals can be left out', () => {
  const page = new FakeWindow()
  const recorder = new FakeRecorder()
  recordPageSignals(recorder, { window: page as unknown as Window, omit: ['copy', 'window_blur'] })
  page.document.isFocused = false
  page.dispatchEvent(new Event('blur'))
  page.selection = 'a text'
  page.clipboard('copy', '')
  page.clipboard('paste', 'a text')
  expect(recorder.events.map(({ type, data }) => [type, data])).toMatchObject([['paste', { source: 'page' }]])
})

test('after stop nothing is heard and nothing runs', async () => {
  const { recorder, page, stop, hidden, happens } = started()
  page.clipboard('paste', 'x'.repeat(10_000))
  stop()
  page.document.isFocused = false
  hidden(true)
  happens('offline')
  recorder.becomes({ state: 'offline' })
  recorder.resync('resumed')
  page.clipboard('paste', 'a')
  await vi.advanceTimersByTimeAsync(5000)
  expect(recorder.types).toEqual(['paste'])
  expect(vi.getTimerCount()).toBe(0)
})

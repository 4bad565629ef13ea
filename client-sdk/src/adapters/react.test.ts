import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import type { Recorder } from '../recorder-types.js'
import { statusText } from '../status-text.js'
import { RecorderProvider, useRecorder, useRecordingStatus } from './react.js'

function Panel() {
  const recorder = useRecorder()
  const text = useRecordingStatus(statusText)
  const status = useRecordingStatus()
  return createElement('p', null, `${recorder === null ? 'none' : recorder.sourceId} ${text} ${status}`)
}

test('on a server nothing is made, and what the page shows at first is shown', () => {
  const create = vi.fn<() => Recorder>()
  const html = renderToString(createElement(RecorderProvider, { create }, createElement(Panel)))
  expect(html).toBe('<p>none Connecting null</p>')
  expect(create).not.toHaveBeenCalled()
})

test('a recorder that the page has made is there at once, its status only in the browser', () => {
  const recorder = { sourceId: 'tab', on: vi.fn() } as unknown as Recorder
  const html = renderToString(createElement(RecorderProvider, { recorder }, createElement(Panel)))
  expect(html).toBe('<p>tab Connecting null</p>')
  expect(recorder.on).not.toHaveBeenCalled()
})

test('outside a provider there is none', () => {
  expect(renderToString(createElement(Panel))).toBe('<p>none Connecting null</p>')
})

import { createElement, StrictMode, useEffect, useState } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { RecorderProvider, useRecorder, useRecordingStatus } from '../../../client-sdk/src/adapters/react.js'
import { statusText } from '../../../client-sdk/src/status-text.js'
import { PageRecorder } from './page-recorder.js'

/** What the tests of the hooks look at and reach for. */
export interface ReactPage {
  /** Every recorder that the provider has made. */
  made: PageRecorder[]
  own: PageRecorder
  /** How often each component was rendered and kept. */
  renders: { text: number; state: number; all: number }
  root: Root
  show(what: 'create' | 'own' | 'nothing', key?: string): void
}

declare global {
  var reactPage: ReactPage
}

const made: PageRecorder[] = []
const own = new PageRecorder()
const renders = { text: 0, state: 0, all: 0 }
const create = () => {
  const recorder = new PageRecorder()
  made.push(recorder)
  return recorder
}

function Text() {
  const text = useRecordingStatus(statusText)
  useEffect(() => {
    renders.text++
  })
  return createElement('p', { id: 'text' }, text)
}

function State() {
  const state = useRecordingStatus((status) => status?.state)
  useEffect(() => {
    renders.state++
  })
  return createElement('p', { id: 'state' }, state ?? 'none')
}

function All() {
  const status = useRecordingStatus()
  useEffect(() => {
    renders.all++
  })
  return createElement('p', { id: 'all' }, status?.recordedSeq ?? 'none')
}

/** As an editor: records when it comes, at each key, and when it goes. */
function Editor() {
  const recorder = useRecorder()
  const [text, setText] = useState('')
  useEffect(() => {
    recorder?.record({ type: 'editor_open', data: {} })
    return () => {
      recorder?.record({ type: 'custom:editor_left', data: null })
    }
  }, [recorder])
  return createElement('input', {
    id: 'editor',
    value: text,
    onChange: (event: { target: { value: string } }) => {
      recorder?.record({ type: 'custom:typed', data: event.target.value })
      setText(event.target.value)
    },
  })
}

const children = [Text, State, All, Editor].map((component) =>
  createElement(component, { key: component.name }),
)
const page = (what: 'create' | 'own' | 'nothing', key?: string) =>
  createElement(
    StrictMode,
    null,
    what === 'nothing'
      ? null
      : createElement(RecorderProvider, {
          ...(key !== undefined && { key }),
          ...(what === 'own' ? { recorder: own } : { create }),
          children,
        }),
  )

const container = document.querySelector('#root') as HTMLElement
const isHydrated = container.firstChild !== null
const root = isHydrated ? hydrateRoot(container, page('create')) : createRoot(container)
globalThis.reactPage = { made, own, renders, root, show: (what, key) => root.render(page(what, key)) }
document.documentElement.dataset.ready = 'yes'

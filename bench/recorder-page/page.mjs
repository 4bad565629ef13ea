// The page that is recorded: an editor as interviews have it, typed into from a recording.
import { autocompletion, closeBrackets } from '@codemirror/autocomplete'
import { defaultKeymap, history } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, defaultHighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Transaction } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { patchCodeMirror } from './codemirror-timed.mjs'

/** @typedef {import('./recording.mjs').Recording} Recording */
/** @typedef {{ url: string, token: string, filePath: string }} Service where our recorder sends to */
/**
 * A recorder as the page knows it.
 * @typedef {object} Variant
 * @property {import('@codemirror/state').Extension} [extension]
 * @property {(view: EditorView) => void} [begin] once the editor is there
 * @property {() => Promise<unknown>} [settle] resolves when all that was recorded has arrived
 * @property {() => Promise<Record<string, unknown>>} [stop] what it has to say at the end
 */

const { instrument } = /** @type {any} */ (window)
patchCodeMirror()

/** @type {Record<string, () => Promise<{ start(service: Service): Variant }>>} */
const VARIANTS = {
  none: async () => ({ start: () => ({}) }),
  bare: () => import('./variants/bare.mjs'),
  ours: () => import('./variants/ours.mjs'),
  rrweb: () => import('./variants/rrweb.mjs'),
}

/** @type {EditorView} */
let view
/** @type {Recording} */
let recording
/** @type {Variant} */
let variant

const channel = new MessageChannel()
/** Resolves in a task of its own, after whatever waits already. */
const nextTask = () =>
  new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    channel.port1.onmessage = resolve
    channel.port2.postMessage(null)
  })
/** Resolves in the task after the next frame was drawn. */
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(nextTask())))
const waitMs = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function setUp(/** @type {string} */ name, /** @type {Service} */ service) {
  recording = await (await fetch('/recording.json')).json()
  instrument.enter()
  const load = VARIANTS[name]
  if (load === undefined) throw new Error(`no variant ${name}`)
  variant = (await load()).start(service)
  instrument.leave()
  const parent = document.getElementById('editor')
  if (parent === null) throw new Error('no place for the editor')
  const extensions = [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ activateOnTyping: false }),
    syntaxHighlighting(defaultHighlightStyle),
    javascript({ jsx: true }),
    keymap.of(defaultKeymap),
    variant.extension ?? [],
  ]
  view = new EditorView({ parent, state: EditorState.create({ doc: recording.startText, extensions }) })
  view.focus()
  await nextFrame()
  instrument.enter()
  variant.begin?.(view)
  instrument.leave()
  await waitMs(500)
  await variant.settle?.()
}

/** Per edit, the recorder's main-thread time; see Round in round.mjs. */
/** @type {{ keyMs: number[], allMs: number[], editorMs: number }} */
const measured = { keyMs: [], allMs: [], editorMs: 0 }
let typed = 0

/** In a burst: most of an edit's time would go into frames otherwise. With the recording's pauses each edit has its own. */
const EDITS_PER_FRAME = 4

/**
 * Types edits, each in a task of its own, with frames drawn between them.
 * @param {number} fromEdit
 * @param {number} toEdit
 * @param {'burst' | 'recorded'} pace
 */
async function type(fromEdit, toEdit, pace) {
  const { keyMs, allMs } = measured
  instrument.take()
  for (const { changes, gapMs } of recording.edits.slice(fromEdit, toEdit)) {
    if (pace === 'recorded') await waitMs(gapMs)
    else if (typed % EDITS_PER_FRAME === 0) await nextFrame()
    await nextTask()
    // All that came since the last edit belongs to it.
    if (keyMs.length > 0) allMs[allMs.length - 1] += taken()
    instrument.keyStarts()
    const startedMs = performance.now()
    // Recorders listen to keys as well. CodeMirror does nothing about a key that no command is bound to.
    view.contentDOM.dispatchEvent(new KeyboardEvent('keydown', { key: 'Unidentified', bubbles: true }))
    view.dispatch(transactionOf(changes))
    const tookMs = performance.now() - startedMs
    // Mutation observers run as this function waits.
    await nextTask()
    instrument.keyEnded()
    const { key, later } = instrument.take()
    measured.editorMs += tookMs
    keyMs.push(key)
    allMs.push(key + later)
    typed++
  }
}

/**
 * Something that brings a lot at once, several times: what the recorder takes of its handler, and its longest callback afterwards.
 * @param {string} userEvent
 * @param {number} chars
 * @param {number} times
 */
async function bring(userEvent, chars, times) {
  const text = 'const value = await store.get(key) // 漢字\n'.repeat(Math.ceil(chars / 40)).slice(0, chars)
  const results = []
  for (let i = 0; i < times; i++) {
    const { length } = view.state.doc
    await nextFrame()
    await nextTask()
    instrument.take()
    instrument.takeLongest()
    instrument.keyStarts()
    view.dispatch({
      changes: { from: 0, insert: text },
      selection: { anchor: text.length },
      annotations: Transaction.userEvent.of(userEvent),
    })
    await nextTask()
    instrument.keyEnded()
    const handlerMs = instrument.take().key
    await settle()
    results.push({ handlerMs, longestLaterMs: instrument.takeLongest().later })
    // What it brought goes again, so that each starts from the same text.
    view.dispatch({ changes: { from: 0, to: view.state.doc.length - length } })
    await settle()
  }
  return results
}

function taken() {
  const { key, later } = instrument.take()
  return key + later
}

/** What an editor makes of a keystroke; kinds other than typing are told by what they do to the text. */
function transactionOf(/** @type {[offset: number, deleted: number, inserted: string][]} */ changes) {
  let shift = 0
  let head = 0
  for (const [offset, deleted, inserted] of changes) {
    head = offset + shift + inserted.length
    shift += inserted.length - deleted
  }
  const inserted = Math.max(...changes.map(([, , text]) => text.length))
  const deleted = Math.max(...changes.map(([, length]) => length))
  const userEvent =
    inserted >= 80
      ? 'input.paste'
      : inserted > 1 && deleted > 0
        ? 'input.complete'
        : inserted > 0
          ? 'input.type'
          : 'delete.backward'
  return {
    changes: changes.map(([offset, length, insert]) => ({ from: offset, to: offset + length, insert })),
    selection: { anchor: head },
    scrollIntoView: true,
    annotations: Transaction.userEvent.of(userEvent),
  }
}

/** Waits until the recorder has nothing left to do, and answers what that took of the main thread. */
async function settle() {
  await variant.settle?.()
  await waitMs(300)
  return taken()
}

Object.assign(window, {
  bench: {
    setUp,
    /** Not waited for: `typed` tells how far it is. */
    type: (/** @type {Parameters<typeof type>} */ ...args) => void type(...args),
    typed: () => typed,
    settle,
    bring,
    result: () => ({ ...measured, callers: instrument.byCaller, text: view.state.doc.toString() }),
    stop: async () => (await variant.stop?.()) ?? {},
  },
})

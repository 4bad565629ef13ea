import { EditorState } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'
import { record } from '@rrweb/record'
import { Replayer } from 'rrweb'
import { nextFrame, nextTask } from './waits.mjs'

const EDITS_PER_FRAME = 4

/**
 * Types edits into an editor while rrweb records the page, with its defaults.
 * @param {{ startText: string, edits: { changes: [number, number, string][] }[] }} recording
 * @param {HTMLElement} parent
 */
export async function recordEdits({ startText, edits }, parent) {
  const view = new EditorView({
    parent,
    state: EditorState.create({ doc: startText, extensions: [lineNumbers()] }),
  })
  await nextFrame()
  /** @type {any[]} */
  const events = []
  const stop = record({ emit: (event) => events.push(event) })
  for (const [i, { changes }] of edits.entries()) {
    if (i % EDITS_PER_FRAME === 0) await nextFrame()
    await nextTask()
    view.dispatch({
      changes: changes.map(([from, deleted, insert]) => ({ from, to: from + deleted, insert })),
      selection: { anchor: Math.min(...changes.map(([from]) => from)) },
      scrollIntoView: true,
    })
  }
  await nextFrame()
  stop?.()
  view.destroy()
  return events
}

/** rrweb's Replayer on what was recorded. It shows what of the text was in view. */
export function openRrweb(/** @type {any[]} */ events, /** @type {HTMLElement} */ parent) {
  const replayer = new Replayer(events, { root: parent, showWarning: false, mouseTail: false })
  const { totalTime } = replayer.getMetaData()
  return {
    durationMs: totalTime,
    async seek(/** @type {number} */ atMs) {
      const before = performance.now()
      replayer.pause(atMs)
      await nextTask()
      return performance.now() - before
    },
    close: () => replayer.destroy(),
  }
}

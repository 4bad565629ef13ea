import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { importSource } from '../support/import-source.mjs'
import { ROOT } from '../support/root.mjs'

/** @typedef {[offset: number, deleted: number, inserted: string]} Change */
/**
 * @typedef {object} Recording what is typed into the page
 * @property {string} name
 * @property {string} about one line for people
 * @property {string} startText
 * @property {{ changes: Change[], gapMs: number }[]} edits each after a pause of `gapMs`
 */

const TRACE = '../shared/data/sveltecomponent.json.gz'

/** Above the two seconds after which editors save: longer pauses change nothing and take time. */
const MAX_PAUSE_MS = 3_000

/**
 * The first edits of a real recording, or, where that is not on this machine, of the project's own samples.
 * @param {number} count
 * @returns {Promise<Recording>}
 */
export async function readRecording(count) {
  const file = join(ROOT, TRACE)
  const recording = existsSync(file) ? await realRecording(file) : await sampleRecording(count)
  return { ...recording, edits: recording.edits.slice(0, count) }
}

/** @returns {Promise<Recording>} */
async function realRecording(/** @type {string} */ file) {
  const { editStream, editTraceSchema } = await importSource('scripts/simulate/weave/edit-trace.ts')
  const trace = editTraceSchema.parse(JSON.parse(gunzipSync(readFileSync(file)).toString()))
  const [first, ...edits] = editStream('App.svelte', 'svelte', trace).filter(isEdit)
  // The first edit is the import of the file.
  const startText = applied(trace.startContent, first.data.changes)
  return {
    name: 'sveltecomponent',
    about: 'one real file, every edit of its author (josephg/editing-traces, CC BY 4.0)',
    startText,
    edits: paced(edits),
  }
}

/** One sample after another is typed into the same editor, each into an empty text. */
async function sampleRecording(/** @type {number} */ count) {
  const { sampleInterview } = await importSource('scripts/simulate/samples/samples.ts')
  /** @type {any[]} */
  const edits = []
  let text = ''
  let offsetMs = 0
  for (let n = 0; edits.length < count; n++) {
    const { events, durationMs } = sampleInterview(n)
    const fileId = events.find(isEdit).fileId
    const files = events[0].data.files ?? []
    const begin = files.find((/** @type {any} */ file) => file.filePath === fileId)?.content ?? ''
    edits.push({ offsetMs, data: { changes: [[0, text.length, begin]] } })
    text = begin
    for (const event of events.filter((/** @type {any} */ e) => isEdit(e) && e.fileId === fileId)) {
      edits.push({ ...event, offsetMs: offsetMs + event.offsetMs })
      text = applied(text, event.data.changes)
    }
    offsetMs += durationMs + MAX_PAUSE_MS
  }
  return {
    name: 'samples',
    about: `the project's own samples, typed by script, since ${TRACE} is not here`,
    startText: '',
    edits: paced(edits),
  }
}

const isEdit = (/** @type {any} */ event) => event.type === 'code_edit'

function applied(/** @type {string} */ text, /** @type {Change[]} */ changes) {
  let after = text
  for (const [offset, deleted, inserted] of changes.toReversed()) {
    after = after.slice(0, offset) + inserted + after.slice(offset + deleted)
  }
  return after
}

/** Edits that are stamped with one and the same second are spread over it. */
function paced(/** @type {{ offsetMs: number, data: any }[]} */ edits) {
  /** @type {Map<number, number>} */
  const perMoment = new Map()
  for (const { offsetMs } of edits) perMoment.set(offsetMs, (perMoment.get(offsetMs) ?? 0) + 1)
  /** @type {Map<number, number>} */
  const placed = new Map()
  let beforeMs = edits[0]?.offsetMs ?? 0
  return edits.map(({ offsetMs, data }) => {
    const place = placed.get(offsetMs) ?? 0
    placed.set(offsetMs, place + 1)
    const atMs = offsetMs + (1000 * place) / (perMoment.get(offsetMs) ?? 1)
    const gapMs = Math.round(Math.min(Math.max(atMs - beforeMs, 0), MAX_PAUSE_MS))
    beforeMs = atMs
    return { changes: data.changes, gapMs }
  })
}

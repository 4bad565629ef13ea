import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gunzipSync, gzipSync } from 'node:zlib'

/**
 * Bytes of a recording, counted from the first edit on: how a recorder says what the page is at the start costs once.
 * @typedef {object} Bytes
 * @property {number} wire per edit, page to service
 * @property {number} wireBack per edit, service to page
 * @property {number} messages per edit, page to service
 * @property {number} archive per edit: the events, compressed
 * @property {number} archiveWhole per edit: all objects of the archive
 * @property {Record<string, { count: number, bytes: number }>} byType what went over the wire, by type of event
 */

/**
 * What our service has of a session, with the text rebuilt from it.
 * @param {string} folder of the archive
 * @param {import('./counting-proxy.mjs').Traffic} traffic
 * @param {string} startText
 * @returns {{ bytes: Bytes, edits: number, text: string }}
 */
export function ourBytes(folder, traffic, startText) {
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name))
  const gz = read('events.json.gz')
  /** @type {any[]} */
  const events = JSON.parse(gunzipSync(gz).toString())
  const firstEdit = events.findIndex(({ type }) => type === 'code_edit')
  const edits = events.filter(({ type }) => type === 'code_edit').length
  const beforeBytes = gzip(JSON.stringify(events.slice(0, firstEdit))).length
  const others = read('snapshots.json.gz').length + read('metadata.json').length
  return {
    edits,
    text: rebuilt(events, startText),
    bytes: {
      wire: (traffic.upBytes + traffic.httpUpBytes) / edits,
      wireBack: traffic.downBytes / edits,
      messages: traffic.upMessages.length / edits,
      archive: (gz.length - beforeBytes) / edits,
      archiveWhole: (gz.length - beforeBytes + others) / edits,
      byType: sentByType(traffic.upMessages),
    },
  }
}

/** Socket.IO's packets of batches, taken apart; `around` is all that is no event. */
function sentByType(/** @type {string[]} */ messages) {
  const events = messages.flatMap((message) => {
    if (!message.includes('["batch",')) return []
    return JSON.parse(message.slice(message.indexOf('[')))[1].events
  })
  const types = byType(events, ({ type }) => type)
  const inEvents = Object.values(types).reduce((total, { bytes }) => total + bytes, 0)
  return { ...types, around: { count: messages.length, bytes: lengthOf(messages) - inEvents } }
}

const lengthOf = (/** @type {string[]} */ texts) =>
  texts.reduce((total, text) => total + Buffer.byteLength(text), 0)

/**
 * The same of rrweb: what was posted is what is kept, compressed.
 * @param {string[]} before posts from before the first edit
 * @param {string[]} posts
 * @param {number} edits
 * @returns {{ bytes: Bytes, events: number }}
 */
export function rrwebBytes(before, posts, edits) {
  const lines = (/** @type {string[]} */ bodies) => bodies.flatMap((body) => JSON.parse(body))
  const events = lines(posts)
  const first = lines(before)
  const archive = gzip(JSON.stringify([...first, ...events])).length - gzip(JSON.stringify(first)).length
  return {
    events: first.length + events.length,
    bytes: {
      wire: lengthOf(posts) / edits,
      wireBack: 0,
      messages: posts.length / edits,
      archive: archive / edits,
      archiveWhole: archive / edits,
      byType: byType(events, ({ type, data }) => RRWEB_SOURCES[data?.source] ?? `type ${type}`),
    },
  }
}

/** Of rrweb's incremental snapshots. */
const RRWEB_SOURCES = /** @type {Record<number, string>} */ ({
  0: 'mutation',
  1: 'mouse move',
  2: 'mouse interaction',
  3: 'scroll',
  5: 'input',
  8: 'style rule',
  14: 'selection',
})

/** The least: [offset, deleted, inserted] of each edit. */
export function leastBytes(/** @type {import('./recording.mjs').Recording} */ { edits }) {
  const json = edits.map(({ changes }) => JSON.stringify(changes)).join('\n')
  return { wire: json.length / edits.length, archive: gzip(json).length / edits.length }
}

/** The editor's text by what was recorded, without the product's own code. */
function rebuilt(/** @type {any[]} */ events, /** @type {string} */ startText) {
  let text = startText
  for (const { type, data } of events) {
    if (data?.part !== undefined) throw new Error('A cut event: this bench does not join them.')
    if (type === 'editor_open' && typeof data.content === 'string') text = data.content
    if (type !== 'code_edit') continue
    for (const [offset, deleted, inserted] of data.changes.toReversed()) {
      text = text.slice(0, offset) + inserted + text.slice(offset + deleted)
    }
  }
  return text
}

function byType(/** @type {any[]} */ events, /** @type {(event: any) => string} */ typeOf) {
  /** @type {Record<string, { count: number, bytes: number }>} */
  const types = {}
  for (const event of events) {
    const type = typeOf(event)
    const entry = types[type] ?? { count: 0, bytes: 0 }
    types[type] = entry
    entry.count++
    entry.bytes += Buffer.byteLength(JSON.stringify(event))
  }
  return types
}

const gzip = (/** @type {string} */ text) => gzipSync(text, { level: constants.Z_BEST_COMPRESSION })

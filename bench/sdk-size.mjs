// What each entry point of the SDK adds to a page, minified and gzipped, beside other recorders: see README.md.
import { join } from 'node:path'
import { entriesOf, manifestOf } from '../scripts/build-sdk/manifest.mjs'
import { bundleSize } from './support/bundle-size.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'

export const about = 'size of each entry point of the SDK, minified and gzipped, beside other recorders'

export const options = {
  inputs: { default: 0, about: '1: also the sources that the recorder is made of, by size' },
}

const MAX_RECORDER_BYTES = 6_000
const MAX_ADAPTER_BYTES = 2_000
const RECORDER = './recorder'
const SDK = '@interviewlm/recorder-sdk'

/** What platforms would load instead. */
const PEERS = ['@rrweb/record', 'rrweb', '@openreplay/tracker']

/** What a page with an editor imports, with what it leaves out shaken off. */
const TYPICAL = [
  ['createRecorder alone', `export { createRecorder } from '${SDK}'`],
  [
    'createRecorder and an editor',
    `export { createRecorder } from '${SDK}'; export { recordCodeMirror } from '${SDK}/adapters/codemirror'`,
  ],
]

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ inputs: wantsInputs = 0 }, say) {
  const { dependencies, peerDependencies } = manifestOf(ROOT)
  const external = Object.keys({ ...dependencies, ...peerDependencies })
  const alias = { [SDK]: join(ROOT, 'client-sdk/src') }

  const entries = []
  for (const { subpath, source, isWhole } of entriesOf(ROOT)) {
    say(subpath)
    const size = await bundleSize(`export * from './${source}'`, { external: isWhole ? [] : external })
    const most = isWhole ? null : mostBytes(subpath)
    entries.push({ name: subpath, ...size, most, holds: most === null || size.eager <= most })
  }
  const typical = []
  for (const [name = '', code = ''] of TYPICAL) {
    const ours = await bundleSize(code, { external, alias })
    const whole = await bundleSize(code, {
      external: external.filter((one) => one !== 'socket.io-client'),
      alias,
    })
    typical.push({ name, ...ours, withSocketIo: whole.eager + whole.lazy })
  }
  const peers = []
  for (const name of PEERS) {
    say(name)
    peers.push({ name, ...(await bundleSize(`export * from '${name}'`, {})) })
  }
  const recorder = entries.find(({ name }) => name === RECORDER)
  const rrweb = peers.find(({ name }) => name === '@rrweb/record')
  if (!recorder || !rrweb) throw new Error('The recorder or its peer is missing.')
  const missed = entries.filter(({ holds }) => !holds)
  return {
    lines: [
      ...table(
        ['bytes', 'gzipped', 'at most', '', 'lazy', 'minified', 'all with socket.io-client'],
        [
          ...entries.map((one) => [
            one.name,
            String(one.eager),
            one.most === null ? '' : String(one.most),
            one.most === null ? '' : one.holds ? '✓' : '✗',
            shown(one.lazy),
            String(one.minified),
          ]),
          ...typical.map((one) => [
            one.name,
            String(one.eager),
            '',
            '',
            shown(one.lazy),
            String(one.minified),
            String(one.withSocketIo),
          ]),
          ...peers.map((one) => [one.name, String(one.eager), '', '', shown(one.lazy), String(one.minified)]),
        ],
      ),
      ...(wantsInputs > 0 ? inputLines(recorder.inputs) : []),
    ],
    result: {
      ours: recorder.eager,
      limit: MAX_RECORDER_BYTES,
      peer: rrweb.eager,
      unit: 'bytes of the recorder, minified and gzipped, socket.io-client apart',
      ratio: recorder.eager / rrweb.eager,
      goal: `the recorder ≤ ${MAX_RECORDER_BYTES} B, each adapter ≤ ${MAX_ADAPTER_BYTES} B`,
      holds: missed.length === 0,
      rounds: [{ ours: recorder.eager, limit: MAX_RECORDER_BYTES, peer: rrweb.eager }],
      missed: missed.map(({ name, eager, most }) => ({ name, eager, most })),
      entries: entries.map(withoutInputs),
      typical: typical.map(withoutInputs),
      peers: peers.map(withoutInputs),
    },
  }
}

function mostBytes(/** @type {string} */ subpath) {
  if (subpath === RECORDER) return MAX_RECORDER_BYTES
  return subpath.startsWith('./adapters/') ? MAX_ADAPTER_BYTES : null
}

const shown = (/** @type {number} */ bytes) => (bytes === 0 ? '' : String(bytes))

const withoutInputs = (/** @type {{ inputs: unknown }} */ { inputs: _, ...rest }) => rest

function inputLines(/** @type {Record<string, number>} */ inputs) {
  const rows = Object.entries(inputs)
    .sort(([, a], [, b]) => b - a)
    .map(([source, bytes]) => [source, String(bytes)])
  return ['', ...table(['source', 'minified'], rows)]
}

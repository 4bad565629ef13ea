import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { CodeChange } from '../../../protocol/event-schemas.js'
import { sampleInterview } from '../../../scripts/simulate/samples/samples.js'
import { RECORDINGS_DIR } from '../../../scripts/simulate/test-support/recordings.js'
import { editTraceSchema } from '../../../scripts/simulate/weave/edit-trace.js'

/** One change, its offset counted in the text that the changes before it have made. */
export type Patch = readonly [offset: number, deleted: number, inserted: string]

/** Every change of one file as somebody made it. */
export interface Typing {
  name: string
  startText: string
  patches: readonly Patch[]
}

const TRACES = ['sveltecomponent', 'json-crdt-patch'] as const

/** The real recordings where they are at hand, else the project's own samples. */
export async function readTypings(): Promise<{ typings: readonly Typing[]; areReal: boolean }> {
  const files = TRACES.map((name) => join(RECORDINGS_DIR, `${name}.json.gz`))
  if (!files.every((file) => existsSync(file)))
    return { typings: [0, 1, 2].map(sampleTyping), areReal: false }
  const typings = await Promise.all(
    files.map(async (file, i) => {
      const trace = editTraceSchema.parse(JSON.parse(gunzipSync(await readFile(file)).toString()))
      const patches = trace.txns.flatMap((txn) => txn.patches)
      return { name: TRACES[i] as string, startText: trace.startContent, patches }
    }),
  )
  return { typings, areReal: true }
}

/** A file of a sample interview: the one with the most edits. */
function sampleTyping(n: number): Typing {
  const { events } = sampleInterview(n)
  const edits = events.filter(({ type }) => type === 'code_edit')
  const editsOf = (path: string) => edits.filter(({ fileId }) => fileId === path)
  const paths = [...new Set(edits.map(({ fileId }) => fileId ?? ''))]
  const path = paths.reduce((a, b) => (editsOf(b).length > editsOf(a).length ? b : a))
  const start = events.find(({ type }) => type === 'session_start')?.data as {
    files: { filePath: string; content: string }[]
  }
  const startText = start.files.find(({ filePath }) => filePath === path)?.content ?? ''
  const patches = editsOf(path).flatMap(({ data }) =>
    (data as { changes: CodeChange[] }).changes.toReversed(),
  )
  return { name: path, startText, patches }
}

/** The same from the `from`-th patch on. */
export function fromPatch({ name, startText, patches }: Typing, from: number): Typing {
  const text = patches.slice(0, from).reduce(applyPatch, startText)
  return { name, startText: text, patches: patches.slice(from) }
}

export const applyPatch = (text: string, [offset, deleted, inserted]: Patch): string =>
  text.slice(0, offset) + inserted + text.slice(offset + deleted)

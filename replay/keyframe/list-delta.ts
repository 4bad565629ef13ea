import type { FoldedTestRun } from '../fold/fold.js'
import { Log } from '../log.js'
import type { ItemPatch, ListDelta, ListName } from './fold-delta.js'

type Item = Record<string, unknown>

/** How a list came from an earlier one; undefined where it is the same. */
export function listDelta(
  name: ListName | 'results',
  before: Log<unknown>,
  after: Log<unknown>,
): ListDelta | undefined {
  if (before === after) return undefined
  const kept = before.commonLength(after)
  const delta: ListDelta = { kept }
  const fresh = after.from(Math.max(0, kept))
  // Where nothing is shared there is nothing to change either.
  const old = kept < 0 ? [] : before.from(kept)
  const changed = fresh.slice(0, old.length).map((item, i) => patchOf(name, old[i] as Item, item as Item))
  const added = fresh.slice(old.length).map((item) => wholeOf(name, item))
  if (changed.length > 0) delta.changed = changed
  if (added.length > 0) delta.added = added
  return delta
}

/** The list that this makes of the one before. Throws where it says something that cannot be. */
export function applyListDelta(
  name: ListName | 'results',
  before: Log<unknown>,
  delta: ListDelta,
): Log<unknown> {
  const { kept, changed = [], added = [] } = delta
  if (kept < -1 || kept + changed.length > before.length)
    throw new Error('A list has fewer items than are kept.')
  let list = kept < 0 ? Log.root<unknown>() : before.first(kept)
  const old = kept < 0 ? [] : before.from(kept)
  for (const [i, patch] of changed.entries()) list = list.push(patched(name, old[i] as Item, patch))
  for (const item of added) list = list.push(fromWhole(name, item))
  return list
}

function patchOf(name: string, before: Item, after: Item): ItemPatch {
  const patch: ItemPatch = {}
  for (const [key, value] of Object.entries(after)) {
    const old = before[key]
    if (old === value) continue
    if (name === 'testRuns' && key === 'results') {
      const results = listDelta('results', old as Log<unknown>, value as Log<unknown>)
      if (results !== undefined) patch.results = results
    } else if (typeof old === 'string' && typeof value === 'string' && value.startsWith(old)) {
      patch.grown = { ...patch.grown, [key]: value.slice(old.length) }
    } else {
      patch.set = { ...patch.set, [key]: value }
    }
  }
  return patch
}

function patched(name: string, before: Item, { set, grown = {}, results }: ItemPatch): Item {
  const item: Item = { ...before, ...set }
  for (const [key, text] of Object.entries(grown)) item[key] = `${before[key]}${text}`
  if (name === 'testRuns' && results !== undefined) {
    item.results = applyListDelta('results', before.results as Log<unknown>, results)
  }
  return item
}

const wholeOf = (name: string, item: unknown): unknown =>
  name === 'testRuns'
    ? { ...(item as FoldedTestRun), results: (item as FoldedTestRun).results.toArray() }
    : item

function fromWhole(name: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null) throw new Error('A list has an item that is none.')
  if (name !== 'testRuns') return item
  const { results, ...run } = item as { results: unknown[] }
  return { ...run, results: results.reduce<Log<unknown>>((log, result) => log.push(result), Log.empty()) }
}

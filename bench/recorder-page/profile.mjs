/**
 * @typedef {object} Cost
 * @property {string} name of a function; of one of the browser's own, with the function that called it
 * @property {string} source
 * @property {boolean} isInKey called while the editor handled a keystroke
 * @property {number} selfMs
 */

/**
 * Where a CPU profile's time went.
 * @param {any} profile of Chromium's Profiler
 * @param {Map<string, string>} bundles by path, with esbuild's `// path` comments
 * @returns {Cost[]} costliest first
 */
export function costsOf(profile, bundles) {
  /** @type {Map<number, number>} */
  const selfUs = new Map()
  profile.samples.forEach((/** @type {number} */ id, /** @type {number} */ i) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + profile.timeDeltas[i])
  })
  const nodes = new Map(profile.nodes.map((/** @type {any} */ node) => [node.id, node]))
  /** @type {Map<string, Cost>} */
  const costs = new Map()
  const visit = (
    /** @type {number} */ id,
    /** @type {{ name: string, source: string } | null} */ caller,
    isInKey = false,
  ) => {
    const { callFrame, children = [] } = nodes.get(id)
    const own = callFrame.functionName || snippetOf(callFrame, bundles)
    const source = sourceOf(callFrame, bundles)
    const place =
      source !== null
        ? { name: own, source }
        : { name: caller ? `${own} ← ${caller.name}` : own, source: caller?.source ?? '(browser)' }
    const isKey = isInKey || source?.endsWith(PAGE) === true
    const key = `${place.source} ${place.name} ${isKey}`
    const cost = costs.get(key) ?? { ...place, isInKey: isKey, selfMs: 0 }
    cost.selfMs += (selfUs.get(id) ?? 0) / 1000
    costs.set(key, cost)
    for (const child of children) visit(child, source === null ? caller : place, isKey)
  }
  const isChild = new Set(profile.nodes.flatMap((/** @type {any} */ { children = [] }) => children))
  for (const id of nodes.keys()) if (!isChild.has(id)) visit(id, null)
  return [...costs.values()].sort((a, b) => b.selfMs - a.selfMs)
}

/** What types into the editor. */
const PAGE = 'bench/recorder-page/page.mjs'

/** The source file that a place in a bundle comes from; null where it is the browser's own. */
function sourceOf(
  /** @type {{ url: string, lineNumber: number }} */ { url, lineNumber },
  /** @type {Map<string, string>} */ bundles,
) {
  if (!URL.canParse(url)) return null
  const lines = linesOf(bundles.get(new URL(url).pathname) ?? '')
  for (let i = lineNumber; i >= 0; i--) {
    const path = /^\/\/ ([\w@./-]+\.(?:ts|js|mjs))$/.exec(lines[i] ?? '')?.[1]
    if (path !== undefined) return path.replace(/^.*node_modules\//, '')
  }
  return new URL(url).pathname
}

/** A function without a name by the line it stands on. */
function snippetOf(
  /** @type {{ url: string, lineNumber: number }} */ { url, lineNumber },
  /** @type {Map<string, string>} */ bundles,
) {
  const code = URL.canParse(url) ? bundles.get(new URL(url).pathname) : undefined
  return code === undefined ? '(anonymous)' : `{${linesOf(code)[lineNumber]?.trim().slice(0, 40)}}`
}

/** @type {Map<string, string[]>} */
const splitBundles = new Map()
function linesOf(/** @type {string} */ text) {
  const known = splitBundles.get(text) ?? text.split('\n')
  splitBundles.set(text, known)
  return known
}

const LEAF_ENTRIES = 8
const BRANCH_BITS = 4
const BRANCH_MASK = (1 << BRANCH_BITS) - 1
const MAX_SHIFT = 28

type Entry<V> = readonly [key: string, value: V]
interface Leaf<V> {
  readonly entries: readonly Entry<V>[]
}
interface Branch<V> {
  readonly children: readonly Node<V>[]
}
type Node<V> = Leaf<V> | Branch<V>

const EMPTY_LEAF: Leaf<never> = { entries: [] }

/**
 * An immutable map from strings. A change copies a leaf of some 8 entries and the few branches above it, however
 * many entries there are: a recording with 100,000 file names must not make each keystroke slow.
 */
export class PersistentMap<V> {
  private static readonly EMPTY = new PersistentMap<never>(EMPTY_LEAF, 0)

  static empty<V>(): PersistentMap<V> {
    return PersistentMap.EMPTY
  }

  private constructor(
    private readonly root: Node<V>,
    readonly size: number,
  ) {}

  get(key: string): V | undefined {
    let node = this.root
    if ('children' in node) {
      let hash = hashOf(key)
      do {
        node = node.children[hash & BRANCH_MASK] as Node<V>
        hash >>>= BRANCH_BITS
      } while ('children' in node)
    }
    for (const [k, value] of node.entries) if (k === key) return value
    return undefined
  }

  set(key: string, value: V): PersistentMap<V> {
    const added = this.get(key) === undefined ? 1 : 0
    return new PersistentMap(setIn(this.root, key, value, 0), this.size + added)
  }

  delete(key: string): PersistentMap<V> {
    if (this.get(key) === undefined) return this
    return new PersistentMap(deleteIn(this.root, key, 0), this.size - 1)
  }

  /** What differs from an earlier map, found without looking at what the two share. */
  changesSince(earlier: PersistentMap<V>): { set: [key: string, value: V][]; deleted: string[] } {
    const now = new Map<string, V>()
    const before = new Map<string, V>()
    collectDifferent(this.root, earlier.root, now, before)
    const set = [...now].filter(([key, value]) => before.get(key) !== value)
    const deleted = [...before.keys()].filter((key) => !now.has(key))
    return { set, deleted }
  }

  /** In no order that means anything. */
  values(): V[] {
    const values: V[] = []
    visit(this.root, (_, value) => values.push(value))
    return values
  }
}

function visit<V>(node: Node<V>, act: (key: string, value: V) => void): void {
  if ('children' in node) for (const child of node.children) visit(child, act)
  else for (const [key, value] of node.entries) act(key, value)
}

/** The entries below the nodes that the two don't share. */
function collectDifferent<V>(a: Node<V>, b: Node<V>, inA: Map<string, V>, inB: Map<string, V>): void {
  if (a === b) return
  if ('children' in a && 'children' in b) {
    for (const [i, child] of a.children.entries()) collectDifferent(child, b.children[i] as Node<V>, inA, inB)
    return
  }
  visit(a, (key, value) => inA.set(key, value))
  visit(b, (key, value) => inB.set(key, value))
}

function setIn<V>(node: Node<V>, key: string, value: V, shift: number): Node<V> {
  if ('children' in node)
    return withChild(node, key, shift, (child) => setIn(child, key, value, shift + BRANCH_BITS))
  const entries = node.entries.slice()
  const at = entries.findIndex(([k]) => k === key)
  if (at >= 0) entries[at] = [key, value]
  else entries.push([key, value])
  // Keys whose whole hashes are equal stay together in one long leaf: slower, still right.
  return entries.length <= LEAF_ENTRIES || shift > MAX_SHIFT ? { entries } : split(entries, shift)
}

function deleteIn<V>(node: Node<V>, key: string, shift: number): Node<V> {
  if ('children' in node)
    return withChild(node, key, shift, (child) => deleteIn(child, key, shift + BRANCH_BITS))
  return { entries: node.entries.filter(([k]) => k !== key) }
}

function withChild<V>(
  branch: Branch<V>,
  key: string,
  shift: number,
  change: (child: Node<V>) => Node<V>,
): Branch<V> {
  const children = branch.children.slice()
  const index = (hashOf(key) >>> shift) & BRANCH_MASK
  children[index] = change(children[index] as Node<V>)
  return { children }
}

function split<V>(entries: readonly Entry<V>[], shift: number): Node<V> {
  const buckets: Entry<V>[][] = Array.from({ length: BRANCH_MASK + 1 }, () => [])
  for (const entry of entries) buckets[(hashOf(entry[0]) >>> shift) & BRANCH_MASK]?.push(entry)
  return {
    children: buckets.map((bucket) =>
      bucket.length <= LEAF_ENTRIES || shift + BRANCH_BITS > MAX_SHIFT
        ? { entries: bucket }
        : split(bucket, shift + BRANCH_BITS),
    ),
  }
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'

// Random changes to the objects of an archived recording: those of a disk, and those of somebody who knows the format,
// has packed and indexed everything anew, and lacks the key.

export type Random = () => number
export type Objects = Map<string, Buffer>

export function readObjects(folder: string): Objects {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`)]))
}

export function writeObjects(folder: string, objects: Objects): void {
  for (const name of readdirSync(folder)) if (!objects.has(name)) rmSync(`${folder}/${name}`)
  for (const [name, bytes] of objects) writeFileSync(`${folder}/${name}`, bytes)
}

/** One change; what it did in words, or null where there was nothing for it to change. */
type Mutation = (objects: Objects, random: Random, other: Objects) => string | null

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T
const nameOf = (objects: Objects, random: Random) => pick([...objects.keys()].sort(), random)
const below = (n: number, random: Random) => Math.floor(random() * n)

const flipBit: Mutation = (objects, random) => {
  const name = nameOf(objects, random)
  const bytes = Buffer.from(objects.get(name) as Buffer)
  const at = below(bytes.length, random)
  bytes[at] = (bytes[at] as number) ^ (1 << below(8, random))
  objects.set(name, bytes)
  return `a bit of ${name} at ${at}`
}

const cut: Mutation = (objects, random) => {
  const name = nameOf(objects, random)
  const bytes = objects.get(name) as Buffer
  const kept = below(bytes.length, random)
  objects.set(name, bytes.subarray(0, kept))
  return `${name} cut to ${kept} bytes`
}

const append: Mutation = (objects, random) => {
  const name = nameOf(objects, random)
  objects.set(
    name,
    Buffer.concat([objects.get(name) as Buffer, Buffer.from(pick(['\n', ' ', '\0'], random))]),
  )
  return `${name} with one byte more`
}

const remove: Mutation = (objects, random) => {
  // Whether there were annotations is told by nothing else: they are written apart [R16].
  const name = pick([...objects.keys()].filter((name) => name !== 'annotations.json').sort(), random)
  objects.delete(name)
  return `${name} removed`
}

const add: Mutation = (objects, random) => {
  const name = nameOf(objects, random)
  objects.set(`copy-of-${name}`, objects.get(name) as Buffer)
  return `a copy of ${name} beside it`
}

const swapObjects: Mutation = (objects, random) => {
  const [a, b] = [nameOf(objects, random), nameOf(objects, random)]
  const [first, second] = [objects.get(a) as Buffer, objects.get(b) as Buffer]
  if (first.equals(second)) return null
  objects.set(a, second).set(b, first)
  return `${a} and ${b} exchanged`
}

const takeFromOther: Mutation = (objects, random, other) => {
  const name = nameOf(objects, random)
  const bytes = other.get(name)
  if (bytes === undefined || bytes.equals(objects.get(name) as Buffer)) return null
  objects.set(name, bytes)
  return `${name} of another recording`
}

/** Any value of a JSON document, changed to another one of its kind, taken out, or said twice. */
const editJson =
  (name: string): Mutation =>
  (objects, random) => {
    const bytes = objects.get(name)
    if (bytes === undefined) return null
    const said = JSON.parse(bytes.toString()) as object
    const places: [Record<string, unknown>, string][] = []
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key])
        walk((value as Record<string, unknown>)[key])
      }
    }
    walk(said)
    const [holder, key] = pick(places, random)
    const how = pick(['change', 'drop', 'add'], random)
    if (how === 'drop') delete holder[key]
    else if (how === 'add') holder[`${key}2`] = holder[key]
    else holder[key] = changed(holder[key], random)
    const text = `${JSON.stringify(said)}\n`
    if (text === bytes.toString()) return null
    objects.set(name, Buffer.from(text))
    return `${how} ${key} in ${name}`
  }

export function changed(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return value + pick([-1, 1, 1000], random)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string' && value !== '') {
    const at = below(value.length, random)
    return value.slice(0, at) + (value[at] === 'x' ? 'y' : 'x') + value.slice(at + 1)
  }
  return value === null ? 1 : null
}

/** Lines of an object changed and everything packed, hashed and indexed anew, as a writer would. */
const editLines =
  (name: string): Mutation =>
  (objects, random) => {
    const bytes = objects.get(name)
    const metadata = JSON.parse(objects.get('metadata.json')?.toString() ?? '{}')
    const index = metadata.objects?.[name]
    if (bytes === undefined || index === undefined || index.segments.length === 0) return null
    const at = below(index.segments.length, random)
    const segment = index.segments[at]
    const member = bytes.subarray(segment.offset, segment.offset + segment.length)
    const text = gunzipSync(member).toString()
    const lines = text.replace(/\]$/, '').split('\n').slice(0, -1)
    const how = editOne(lines, random)
    if (how === null) return null
    const isLast = at === index.segments.length - 1
    const joined = lines.map((line, i) => (at === 0 && i === 0 ? '[' : ',') + line.slice(1)).join('\n')
    const packed = gzipSync(`${joined}\n${isLast ? ']' : ''}`, { level: 9 })
    const [before, behind] = [
      bytes.subarray(0, segment.offset),
      bytes.subarray(segment.offset + segment.length),
    ]
    const grown = packed.length - segment.length
    segment.length = packed.length
    segment.sha256 = sha256(packed)
    for (const later of index.segments.slice(at + 1)) later.offset += grown
    const whole = Buffer.concat([before, packed, behind])
    index.bytes = whole.length
    index.sha256 = sha256(whole)
    objects.set(name, whole)
    objects.set('metadata.json', Buffer.from(`${JSON.stringify(metadata)}\n`))
    return `${how} of ${name}`
  }

function editOne(lines: string[], random: Random): string | null {
  const at = below(lines.length, random)
  const line = lines[at] as string
  const how = pick(['change', 'drop', 'duplicate', 'swap'], random)
  if (how === 'drop' && lines.length > 1) lines.splice(at, 1)
  else if (how === 'duplicate') lines.splice(at, 0, line)
  else if (how === 'swap') {
    const other = below(lines.length, random)
    if (lines[other]?.slice(1) === line.slice(1)) return null
    lines[at] = lines[other] as string
    lines[other] = line
  } else {
    const said = JSON.parse(line.slice(1))
    const key = pick(Object.keys(said), random)
    said[key] = changed(said[key], random)
    lines[at] = line[0] + JSON.stringify(said)
    if (lines[at] === line) return null
  }
  return `${how} of line ${at}`
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const MUTATIONS: Mutation[] = [
  flipBit,
  flipBit,
  flipBit,
  cut,
  append,
  remove,
  add,
  swapObjects,
  takeFromOther,
  editJson('metadata.json'),
  editJson('metadata.json'),
  editJson('annotations.json'),
  ...['events.json.gz', 'events.json.gz', 'snapshots.json.gz', 'keyframes.json.gz', 'chain.json.gz'].map(
    editLines,
  ),
]

/** Changes something of a recording's objects and says what. `other` is another recording of the same kind. */
export function mutateArchive(objects: Objects, random: Random, other: Objects): string {
  for (;;) {
    const said = pick(MUTATIONS, random)(objects, random, other)
    if (said !== null) return said
  }
}

const LINE_WIDTH = 72
const MAX_DEPTH = 4
const MAX_ITEMS = 100
const MAX_STRING_CHARS = 10_000

/** A value as text, the way Node.js shows it. */
export function inspect(value: unknown, maxDepth = MAX_DEPTH): string {
  return show(value, { depth: 0, maxDepth, open: [] })
}

/** What `console.log` prints of its arguments: `%s` and its like put in, the rest behind. */
export function formatAll(args: readonly unknown[]): string {
  const rest = [...args]
  let text = ''
  if (typeof rest[0] === 'string' && rest.length > 1) {
    text = (rest.shift() as string).replace(/%([sdifjoO%])/g, (whole, kind: string) => {
      if (kind === '%') return '%'
      if (rest.length === 0) return whole
      return placed(kind, rest.shift())
    })
    if (rest.length > 0) text += ' '
  }
  return text + rest.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')
}

function placed(kind: string, value: unknown): string {
  if (kind === 's') return typeof value === 'string' ? value : inspect(value, 1)
  if (kind === 'j') return JSON.stringify(value) ?? 'undefined'
  if (kind === 'o' || kind === 'O') return inspect(value)
  const number = typeof value === 'object' ? Number.NaN : Number(value)
  return String(kind === 'i' ? Math.trunc(number) : number)
}

interface Surroundings {
  depth: number
  maxDepth: number
  /** The objects this one lies in, from the outside. */
  open: readonly object[]
}

function show(value: unknown, around: Surroundings): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'function':
      return showFunction(value as (...args: never) => unknown)
    case 'object':
      return value === null ? 'null' : showObject(value, around)
    default:
      return String(value)
  }
}

function quoted(text: string): string {
  const cut = text.length > MAX_STRING_CHARS ? `${text.slice(0, MAX_STRING_CHARS)}…` : text
  const mark = !cut.includes("'") ? "'" : !cut.includes('"') ? '"' : '`'
  const escaped = JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')
  return mark + (mark === '"' ? JSON.stringify(cut).slice(1, -1) : escaped) + mark
}

function showFunction(value: (...args: never) => unknown): string {
  const isClass = /^class[\s{]/.test(Function.prototype.toString.call(value))
  const name = value.name === '' ? '(anonymous)' : value.name
  return isClass ? `[class ${name}]` : value.name === '' ? `[Function ${name}]` : `[Function: ${name}]`
}

function showObject(value: object, around: Surroundings): string {
  if (around.open.includes(value)) return '[Circular]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof RegExp) return String(value)
  if (value instanceof Error) return value.stack ?? String(value)
  if (value instanceof Promise) return 'Promise { … }'
  const name = nameOf(value)
  if (around.depth > around.maxDepth) return `[${name || 'Object'}]`
  const inside = { ...around, depth: around.depth + 1, open: [...around.open, value] }
  const isArray = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
  const items = isArray
    ? listItems(value as unknown as ArrayLike<unknown>, inside)
    : value instanceof Map
      ? [...value].map(([key, each]) => `${show(key, inside)} => ${show(each, inside)}`)
      : value instanceof Set
        ? [...value].map((each) => show(each, inside))
        : []
  for (const key of Reflect.ownKeys(value)) {
    if (isArray && typeof key === 'string' && /^(\d+|length)$/.test(key)) continue
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property?.enumerable) items.push(`${keyText(key)}: ${propertyText(property, inside)}`)
  }
  const size = value instanceof Map || value instanceof Set ? value.size : isArray ? items.length : null
  const head = isArray
    ? name === 'Array'
      ? ''
      : `${name}(${size}) `
    : size !== null
      ? `${name}(${size}) `
      : name === 'Object'
        ? ''
        : `${name === '' ? '[Object: null prototype]' : name} `
  return (
    head + braces(items.length > MAX_ITEMS ? shortened(items) : items, isArray ? '[]' : '{}', around.depth)
  )
}

function listItems(list: ArrayLike<unknown>, inside: Surroundings): string[] {
  const items: string[] = []
  let empty = 0
  const tellEmpty = () => {
    if (empty > 0) items.push(`<${empty} empty item${empty === 1 ? '' : 's'}>`)
    empty = 0
  }
  for (let i = 0; i < list.length && items.length <= MAX_ITEMS; i++) {
    if (i in list) {
      tellEmpty()
      items.push(show(list[i], inside))
    } else empty++
  }
  tellEmpty()
  return list.length > items.length && items.length > MAX_ITEMS
    ? [...items.slice(0, MAX_ITEMS), `... ${list.length - MAX_ITEMS} more items`]
    : items
}

const shortened = (items: readonly string[]): string[] =>
  items[MAX_ITEMS]?.startsWith('... ')
    ? [...items]
    : [...items.slice(0, MAX_ITEMS), `... ${items.length - MAX_ITEMS} more items`]

function propertyText(property: PropertyDescriptor, inside: Surroundings): string {
  if ('value' in property) return show(property.value, inside)
  return property.set === undefined ? '[Getter]' : property.get === undefined ? '[Setter]' : '[Getter/Setter]'
}

const keyText = (key: string | symbol): string =>
  typeof key === 'symbol' ? `[${String(key)}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)

/** '' for objects without a prototype. */
function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null) return ''
  const name = (prototype.constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? name : 'Object'
}

function braces(items: readonly string[], marks: string, depth: number): string {
  const [left, right] = marks
  if (items.length === 0) return `${left}${right}`
  const line = `${left} ${items.join(', ')} ${right}`
  if (line.length + depth * 2 <= LINE_WIDTH && !line.includes('\n')) return line
  const indent = '  '.repeat(depth + 1)
  return `${left}\n${items.map((item) => indent + item).join(',\n')}\n${'  '.repeat(depth)}${right}`
}

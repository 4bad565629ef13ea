import { type Event, pathOf, total } from './events.js'
import { keptLines, linesOf } from './lines.js'

interface Char {
  unit: string
  origin: string
  /** The paste that brought it. */
  seq: number
}
interface File {
  path: string
  source: number
  /** Place in the order of first appearance. */
  order: number
  chars: Char[]
  changeMs: number
  changeSeq: number
  deleted: boolean
}

const textOf = (chars: readonly Char[]): string => chars.map((char) => char.unit).join('')
const squeezed = (text: string): string => text.replace(/\s+/g, '')

/** The files of each source, character by character. */
export function naiveCode(events: readonly Event[]) {
  const files: File[] = []
  const starts = new Map<string, Char[]>()
  const removed: { file: File; at: number; chars: Char[]; mayGrow: boolean; copied?: boolean }[] = []
  const pasteFrom = new Map<number, string>()
  const find = (source: number, path: string) =>
    files.find((file) => file.source === source && file.path === path)
  const answers = events
    .filter((event) => event.type === 'ai_interaction' && event.data.role === 'assistant')
    .map((event) => ({
      atMs: event.timestamp - (event.data.latency ?? 0),
      text: squeezed(event.data.content),
    }))

  const chars = (text: string, origin: string, seq: number): Char[] =>
    [...Array(text.length).keys()].map((i) => ({ unit: text[i]!, origin, seq }))

  function fileAt(event: Event, path: string): File {
    let file = find(event.source, path)
    if (file === undefined) {
      const start = starts.get(path) ?? []
      file = {
        path,
        source: event.source,
        chars: start,
        changeMs: 0,
        changeSeq: 0,
        deleted: false,
        order: files.length,
      }
      files.push(file)
    }
    return file
  }
  /** The version spoken of last stands last. */
  function mention(file: File): void {
    files.splice(files.indexOf(file), 1)
    files.push(file)
  }
  function touch(file: File, event: Event): void {
    file.changeMs = event.timestamp
    file.changeSeq = event.seq
    mention(file)
  }

  /** The text with other white space: that goes with the last character before it, at the beginning with the first. */
  function respaced(from: readonly Char[], text: string): Char[] | null {
    const words = from.filter((char) => squeezed(char.unit) !== '')
    const at = squeezed(textOf(from)).indexOf(squeezed(text))
    if (at < 0 || squeezed(text) === '') return null
    let next = at
    return [...Array(text.length).keys()].map((i) => {
      if (squeezed(text[i]!) !== '') next++
      return { ...words[Math.max(next - 1, at)]!, unit: text[i]! }
    })
  }

  /** A text that no edit made. */
  function replaced(event: Event, path: string, text: string, isSnapshot: boolean): Char[] {
    const versions = files.filter((file) => file.path === path)
    const same = versions.filter((file) => textOf(file.chars) === text)
    if (same.length > 0)
      return same.reduce((a, b) => (unexplained(b.chars) <= unexplained(a.chars) ? b : a)).chars
    const own = versions.find((file) => file.source === event.source && !file.deleted)
    const base = (own ?? versions.findLast((file) => !file.deleted))?.chars ?? starts.get(path)
    const origin = base === undefined && !isSnapshot ? 'given' : 'unexplained'
    if (base === undefined) return chars(text, origin, 0)
    return byLines(base, text, origin)
  }

  /** Lines that stand in both keep their origin, and of changed ones the equal beginning and end. */
  function byLines(base: Char[], text: string, origin: string): Char[] {
    const [old, fresh] = [linesOf(textOf(base)), linesOf(text)]
    const at = (lines: string[], i: number) => lines.slice(0, i).join('').length
    const result: Char[] = []
    let [i, j] = [0, 0]
    for (const [k, l] of [...keptLines(textOf(base), text), [old.length, fresh.length] as const]) {
      const before = base.slice(at(old, i), at(old, k))
      const after = chars(fresh.slice(j, l).join(''), origin, 0)
      let head = 0
      while (head < before.length && head < after.length && before[head]!.unit === after[head]!.unit) head++
      let tail = 0
      const shorter = Math.min(before.length, after.length) - head
      while (tail < shorter && before.at(-1 - tail)!.unit === after.at(-1 - tail)!.unit) tail++
      result.push(...before.slice(0, head), ...after.slice(head, after.length - tail))
      result.push(...before.slice(before.length - tail))
      if (k < old.length) result.push(...base.slice(at(old, k), at(old, k + 1)))
      i = k + 1
      j = l + 1
    }
    return result
  }

  function inserted(event: Event, file: File, text: string, gone: Char[]): Char[] {
    const { origin } = event.data
    if (origin === 'undo' || origin === 'redo') {
      const own = removed.filter((one) => one.file === file && !one.copied)
      for (const { chars } of [...own.reverse(), ...removed.filter((one) => !one.copied).reverse()]) {
        const at = textOf(chars).indexOf(text)
        if (at >= 0) return chars.slice(at, at + text.length)
      }
    }
    if (origin !== 'paste' && origin !== 'drop') {
      const stated: Record<string, string> = {
        typed: 'typed',
        complete: 'completed',
        ai: 'ai',
        program: 'program',
      }
      const own = stated[origin] ?? 'unexplained'
      if (gone.length === 0 || (origin !== undefined && origin !== 'program')) return chars(text, own, 0)
      const isSame = squeezed(textOf(gone)) === squeezed(text)
      return (isSame ? respaced(gone, text) : null) ?? byLines(gone, text, own)
    }
    const before = pasteFrom.get(event.seq) ?? 'own'
    const byOrder = files.toSorted((a, b) => a.order - b.order)
    const own = [file, ...byOrder, ...removed.toReversed()].find((one) => textOf(one.chars).includes(text))
    if (own !== undefined) {
      pasteFrom.set(event.seq, before)
      const at = textOf(own.chars).indexOf(text)
      return own.chars
        .slice(at, at + text.length)
        .map((char) => (char.origin === 'typed' ? { ...char, origin: 'moved' } : char))
    }
    const again = [file, ...byOrder, ...removed.toReversed()]
      .map((one) => respaced(one.chars, text))
      .find((found) => found !== null)
    if (again !== undefined || squeezed(text) === '') {
      pasteFrom.set(event.seq, before)
      const moved = chars(text, 'moved', event.seq)
      return again?.map((char) => (char.origin === 'typed' ? { ...char, origin: 'moved' } : char)) ?? moved
    }
    const sought = squeezed(text)
    const fromAi =
      sought.length >= 8 &&
      answers.some((answer) => answer.atMs <= event.timestamp && answer.text.includes(sought))
    pasteFrom.set(event.seq, fromAi ? (before === 'own' ? 'ai' : before) : 'outside')
    return chars(text, fromAi ? 'ai' : 'pasted', event.seq)
  }

  for (const event of events) {
    const { type, data } = event
    if (type === 'session_start') {
      for (const { filePath, content } of data.files ?? []) {
        const text = replaced(event, filePath, content, false)
        const file = fileAt(event, filePath)
        Object.assign(file, { chars: text, deleted: false })
        touch(file, event)
        starts.set(filePath, text)
      }
    } else if (type === 'file_created') {
      const text = replaced(event, data.filePath, data.content ?? '', false)
      const file = fileAt(event, data.filePath)
      Object.assign(file, { chars: text, deleted: false })
      touch(file, event)
      starts.set(data.filePath, text)
    } else if (type === 'file_deleted') {
      const file = fileAt(event, data.filePath)
      file.deleted = true
      touch(file, event)
      starts.delete(data.filePath)
    } else if (type === 'file_renamed') {
      const from = fileAt(event, data.filePath)
      const moved = from.chars
      from.deleted = true
      touch(from, event)
      starts.delete(data.filePath)
      const to = fileAt(event, data.toPath)
      Object.assign(to, { chars: moved, deleted: false })
      touch(to, event)
      starts.set(data.toPath, moved)
    } else if (type === 'code_snapshot' || type === 'editor_open') {
      const path = pathOf(event)
      const known = find(event.source, path)
      const file = fileAt(event, path)
      const isSame = !file.deleted && textOf(file.chars) === data.content
      if (data.content == null || (isSame && (known !== undefined || type === 'editor_open'))) mention(file)
      else {
        if (known === undefined) files.splice(files.indexOf(file), 1)
        const text = replaced(event, path, data.content, type === 'code_snapshot')
        if (known === undefined) files.push(file)
        Object.assign(file, { chars: text, deleted: false })
        touch(file, event)
      }
    }
    if (type === 'copy') {
      const own = files.filter((file) => file.source === event.source && !file.deleted && file.changeSeq > 0)
      const youngest = own.toSorted((a, b) => b.changeMs - a.changeMs || b.changeSeq - a.changeSeq)[0]
      const last = removed.at(-1)
      if (youngest !== undefined && youngest.chars.length > 0) {
        const text = textOf(youngest.chars)
        const isKept = removed.some(
          (one) => one.copied && one.file === youngest && textOf(one.chars) === text,
        )
        if (!isKept && last !== undefined) last.mayGrow = false
        if (!isKept)
          removed.push({ file: youngest, at: 0, chars: youngest.chars, mayGrow: false, copied: true })
      }
    }
    if (type === 'code_edit') {
      const file = fileAt(event, pathOf(event))
      const before = file.chars
      const changes = (data.changes as [number, number, string][]).map(([offset, deleted, text]) => {
        const at = Math.min(offset, before.length)
        return { at, end: Math.min(at + deleted, before.length), text }
      })
      for (const { at, end } of changes) {
        if (end === at) continue
        const gone = before.slice(at, end)
        const last = removed.at(-1)
        if (last?.mayGrow && last.file === file && end === last.at)
          Object.assign(last, { at, chars: [...gone, ...last.chars] })
        else if (last?.mayGrow && last.file === file && at === last.at) last.chars = [...last.chars, ...gone]
        else removed.push({ file, at, chars: gone, mayGrow: true })
      }
      const texts = changes.map(({ at, end, text }) =>
        text === '' ? [] : inserted(event, file, text, before.slice(at, end)),
      )
      const youngest = removed.at(-1)
      if (youngest !== undefined && changes.some(({ text }) => text !== '')) youngest.mayGrow = false
      let after: Char[] = []
      let from = 0
      changes.forEach(({ at, end }, i) => {
        after = after.concat(before.slice(from, at), texts[i]!)
        from = end
      })
      Object.assign(file, { chars: after.concat(before.slice(from)), deleted: false })
      touch(file, event)
    }
  }

  const final: Record<string, string[]> = {}
  for (const path of new Set(files.map((file) => file.path))) {
    const versions = files.filter((file) => file.path === path)
    const latest = versions.reduce((a, b) =>
      b.changeMs > a.changeMs || (b.changeMs === a.changeMs && b.changeSeq > a.changeSeq) ? b : a,
    )
    if (latest.deleted) continue
    const same = versions.filter((file) => textOf(file.chars) === textOf(latest.chars))
    final[path] = same
      .reduce((a, b) => (unexplained(b.chars) <= unexplained(a.chars) ? b : a))
      .chars.map((char) => char.origin)
  }
  return { chars: Object.values(final).flat(), files: final, pasteFrom }
}

const unexplained = (chars: readonly Char[]): number =>
  chars.filter((char) => char.origin === 'unexplained').length

export function naivePastes(events: readonly Event[], pasteFrom: ReadonlyMap<number, string>) {
  const pastes: { chars: number | null; from: string }[] = []
  for (const source of new Set(events.map((event) => event.source))) {
    let waiting: { paste: (typeof pastes)[number]; atMs: number; told: string } | null = null
    for (const event of events) {
      if (event.source !== source) continue
      const isEdit = event.type === 'code_edit' && pasteFrom.has(event.seq)
      if (!isEdit && event.type !== 'paste') continue
      const told = isEdit ? event.data.origin : 'signal'
      const paste: (typeof pastes)[number] = isEdit
        ? {
            chars: total(event.data.changes.map((change: [number, number, string]) => change[2].length)),
            from: pasteFrom.get(event.seq)!,
          }
        : { chars: event.data.lengthChars ?? null, from: 'unknown' }
      const pair: string[] = [waiting?.told ?? '', told].sort()
      if (waiting !== null && pair.join() === 'paste,signal' && event.timestamp - waiting.atMs <= 1000) {
        if (isEdit) Object.assign(waiting.paste, paste)
        waiting = null
      } else {
        pastes.push(paste)
        waiting = { paste, atMs: event.timestamp, told }
      }
    }
  }
  return pastes
}

import { utf8Bytes, wellFormed } from './well-formed.js'

/** What file systems allow for a name, with room for a number behind it. */
const MAX_NAME_BYTES = 200
const MAX_PATH_BYTES = 1000
const MAX_NAMES = 40

/** Control characters, what Windows refuses, and what is invisible or changes the direction of writing. */
const ESCAPED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"|?*]/gu
/** Device names of Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i
/** Names that mean something to Git itself, also in the short form that Windows gives them. */
const OF_GIT =
  /^(\.git|\.gitmodules|\.gitattributes|git~\d.*|gitmod~\d.*|gi7eba~\d.*|gitatt~\d.*|gi7d29~\d.*)$/i

/**
 * The name that a recorded path has in a repository: relative, with `/` between names, and such that Git and the file
 * systems it checks out to accept it. Ordinary paths stay as they are. Two paths may come out as one.
 */
export function gitPathOf(path: string): string {
  const names = path
    .slice(-4 * MAX_PATH_BYTES)
    .split(/[/\\]/)
    .filter((name) => name !== '' && name !== '.')
    .map(gitNameOf)
  const kept: string[] = []
  let bytes = 0
  // The end of a path says more than its beginning.
  for (const name of names.reverse()) {
    bytes += utf8Bytes(name) + 1
    if (kept.length === MAX_NAMES || bytes > MAX_PATH_BYTES) break
    kept.unshift(name)
  }
  return kept.length === 0 ? 'unnamed' : kept.join('/')
}

function gitNameOf(name: string): string {
  const escaped = cut(wellFormed(name).replace(ESCAPED, percent)).replace(/[. ]+$/, (end) =>
    end.replaceAll('.', '%2E').replaceAll(' ', '%20'),
  )
  return OF_GIT.test(escaped) || DEVICE.test(escaped) ? `_${escaped}` : escaped
}

const percent = (char: string): string => encodeURIComponent(char)

function cut(name: string): string {
  if (utf8Bytes(name) <= MAX_NAME_BYTES) return name
  let kept = ''
  let bytes = 0
  for (const char of name) {
    bytes += utf8Bytes(char)
    if (bytes > MAX_NAME_BYTES) break
    kept += char
  }
  return kept
}

/**
 * Which name each recorded path has in the tree as it is now. No two have the same, and none is a folder and a file at
 * once: the later one gets a number.
 */
export class GitNames {
  private readonly names = new Map<string, string>()
  private readonly files = new Set<string>()
  /** How many files lie in it. */
  private readonly folders = new Map<string, number>()
  /** Where to go on counting for a name that is wanted often: a sender can make all paths come out as one. */
  private readonly numbers = new Map<string, number>()

  get(path: string): string | undefined {
    return this.names.get(path)
  }

  /** The name for a path that is in the tree from now on. */
  take(path: string): string {
    const known = this.names.get(path)
    if (known !== undefined) return known
    const name = this.free(gitPathOf(path))
    this.names.set(path, name)
    this.files.add(name)
    for (const folder of foldersOf(name)) this.folders.set(folder, (this.folders.get(folder) ?? 0) + 1)
    return name
  }

  /** The path is in the tree no more; answers the name it had. */
  release(path: string): string | undefined {
    const name = this.names.get(path)
    if (name === undefined) return undefined
    this.names.delete(path)
    this.files.delete(name)
    for (const folder of foldersOf(name)) {
      const left = (this.folders.get(folder) ?? 1) - 1
      if (left === 0) this.folders.delete(folder)
      else this.folders.set(folder, left)
    }
    return name
  }

  private free(wanted: string): string {
    const names = wanted.split('/')
    let folder = ''
    for (const [i, name] of names.entries()) {
      const isFile = i === names.length - 1
      const taken = (one: string): boolean => this.files.has(one) || (isFile && this.folders.has(one))
      const first = `${folder}${name}`
      folder = `${taken(first) ? this.numbered(first, taken) : first}/`
    }
    return folder.slice(0, -1)
  }

  private numbered(name: string, taken: (name: string) => boolean): string {
    let n = this.numbers.get(name) ?? 2
    while (taken(`${name}~${n}`)) n++
    this.numbers.set(name, n + 1)
    return `${name}~${n}`
  }
}

function* foldersOf(name: string): Generator<string> {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) yield name.slice(0, at)
}

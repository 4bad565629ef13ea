/** Where a hit lies. */
export type FindPlace = 'code' | 'terminal' | 'chat' | 'tests' | 'notes' | 'signals'

/** What can be listed whether or not it holds a text. */
export const FIND_KINDS = ['failed-tests', 'long-pastes', 'tab-away', 'ai-turns', 'notes'] as const
export type FindKind = (typeof FIND_KINDS)[number]

export interface FindQuery {
  /** Looked for in any case, unless it has a capital letter; '' finds what is of a kind. */
  readonly text: string
  /** Only these; none: everywhere. */
  readonly kinds: readonly FindKind[]
}

/** One moment that was found. Its texts are the candidate's and are never markup. */
export interface FindHit {
  readonly atMs: number
  readonly seq: number
  readonly place: FindPlace
  /** What holds it: a path, a test's name, who spoke. At most 200 characters. */
  readonly title: string
  readonly excerpt: FindExcerpt
}

/** A short piece of a text in one line: what was found, and what is around it. */
export interface FindExcerpt {
  readonly before: string
  readonly match: string
  readonly after: string
}

/** Little before it: where a line is short, what was found must be on it. */
const BEFORE_CHARS = 24
const AFTER_CHARS = 80
const MATCH_CHARS = 200

/** The place of a match in its text, cut to what a line holds. */
export function excerptOf(text: string, from: number, to: number): FindExcerpt {
  const start = Math.max(0, from - BEFORE_CHARS)
  const end = Math.min(text.length, to + AFTER_CHARS)
  return {
    before: `${start > 0 ? '…' : ''}${oneLine(text.slice(start, from))}`,
    match: oneLine(text.slice(from, Math.min(to, from + MATCH_CHARS))),
    after: `${oneLine(text.slice(to, end))}${end < text.length ? '…' : ''}`,
  }
}

/** The beginning of a text in which nothing was looked for. */
export const beginningOf = (text: string): FindExcerpt => ({ ...excerptOf(text, 0, 0), match: '' })

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')

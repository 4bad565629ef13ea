import { useEffect, useState } from 'react'

/** What somebody was writing when the page went, by its sign-in that ended or otherwise. */
export interface Draft {
  text: string
  kind?: 'note' | 'flag'
  /** The moment that it is about, epoch ms; null: the present one. */
  atMs?: number | null
  /** When it was begun, epoch ms, the service's time. */
  begunAtMs?: number
  /** What was sent of it last: the answer to that may be lost. */
  sent?: Sent
}

/** A wish as it was sent. */
export interface Sent {
  /** Names it, so that it counts once though it is sent again. */
  id: string
  text: string
  kind: 'note' | 'flag' | null
}

const PREFIX = 'console.draft.'
/** Where storage is switched off: as long as this page. */
const remembered = new Map<string, string>()

/** The draft under a key; null where there is none, or none that can be read. */
export function readDraft(key: string): Draft | null {
  try {
    const { text, kind, atMs, begunAtMs, sent } = JSON.parse(stored(key) ?? '{}') as Record<string, unknown>
    if (typeof text !== 'string') return null
    return {
      text,
      ...(isKind(kind) && { kind }),
      ...((typeof atMs === 'number' || atMs === null) && { atMs }),
      ...(typeof begunAtMs === 'number' && { begunAtMs }),
      ...(isSent(sent) && { sent }),
    }
  } catch {
    return null
  }
}

const isKind = (kind: unknown): kind is 'note' | 'flag' => kind === 'note' || kind === 'flag'

function isSent(sent: unknown): sent is Sent {
  const { id, text, kind } = (sent ?? {}) as Record<string, unknown>
  return typeof id === 'string' && typeof text === 'string' && (kind === null || isKind(kind))
}

/** Keeps a draft for this tab alone; one without a text is none. */
export function keepDraft(key: string, draft: Draft): void {
  if (draft.text.trim() === '') {
    dropDraft(key)
    return
  }
  const text = JSON.stringify(draft)
  try {
    sessionStorage.setItem(PREFIX + key, text)
  } catch {
    remembered.set(key, text)
  }
}

export function dropDraft(key: string): void {
  remembered.delete(key)
  try {
    sessionStorage.removeItem(PREFIX + key)
  } catch {
    // There is none in a storage that is switched off.
  }
}

function stored(key: string): string | null {
  const text = remembered.get(key)
  if (text !== undefined) return text
  try {
    return sessionStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

/**
 * A draft that is about to be sent. The same wish keeps its id, as it may have arrived before; another one gets its own,
 * or the service would take it for the one before. A draft that was never sent has none: tabs can be duplicated.
 */
export function toSend(draft: Draft): Draft & { sent: Sent } {
  const { sent, kind = null } = draft
  const text = draft.text.trim()
  const isSame = sent !== undefined && sent.text === text && sent.kind === kind
  return { ...draft, sent: isSame ? sent : { id: newId(), text, kind } }
}

/**
 * The moment that a draft is about, epoch ms; null: when it is sent. That is so only as long as the interview is followed while
 * it is written: with a page or the interview's end in between it is about when it was begun.
 */
export const momentOf = ({ atMs, begunAtMs }: Draft, isLater: boolean): number | null =>
  atMs ?? (isLater ? begunAtMs : null) ?? null

/** The draft under a key, or a fresh one, kept at each change until it is dropped: once it was sent or is not wanted. */
export function useDraft(key: string, fresh: Omit<Draft, 'text' | 'sent'> = {}) {
  const [found] = useState(() => readDraft(key))
  const [draft, setDraft] = useState<Draft>(() => found ?? { text: '', ...fresh })
  useEffect(() => keepDraft(key, draft), [key, draft])
  return {
    draft,
    isFound: found !== null,
    change: (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change })),
    /** To be called before it is sent: the page may go before the answer comes. */
    send: (): Sent => {
      const next = toSend(draft)
      keepDraft(key, next)
      setDraft(next)
      return next.sent
    },
    drop: () => dropDraft(key),
  }
}

/** More time as it was asked for: the answer to that may be lost. */
export interface SentTime {
  /** Names it, so that it counts once though it is sent again. */
  id: string
  bySec: number
}

/** More time that is about to be asked for. As with drafts, the same wish keeps its id, and another one gets its own. */
export const timeToSend = (sent: SentTime | null, bySec: number): SentTime =>
  sent?.bySec === bySec ? sent : { id: newId(), bySec }

/** Pages without https have no randomUUID. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('')

import { useEffect, useState } from 'react'

/** What somebody was writing when the page went, by its sign-in that ended or otherwise. */
export interface Draft {
  text: string
  /** Names the wish, so that it counts once though it is sent again. */
  id: string
  kind?: 'note' | 'flag'
  /** The moment that it is about, epoch ms; null: when it is sent. */
  atMs?: number | null
}

const PREFIX = 'console.draft.'
/** Where storage is switched off: as long as this page. */
const remembered = new Map<string, string>()

/** The draft under a key; null where there is none, or none that can be read. */
export function readDraft(key: string): Draft | null {
  try {
    const { text, id, kind, atMs } = JSON.parse(stored(key) ?? '{}') as Record<string, unknown>
    if (typeof text !== 'string' || typeof id !== 'string') return null
    return {
      text,
      id,
      ...((kind === 'note' || kind === 'flag') && { kind }),
      ...((typeof atMs === 'number' || atMs === null) && { atMs }),
    }
  } catch {
    return null
  }
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

/** The draft under a key, or a fresh one, kept at each change until it is dropped: once it was sent or is not wanted. */
export function useDraft(key: string, fresh: Omit<Draft, 'text' | 'id'> = {}) {
  const [found] = useState(() => readDraft(key))
  const [draft, setDraft] = useState<Draft>(() => found ?? { text: '', id: newId(), ...fresh })
  useEffect(() => keepDraft(key, draft), [key, draft])
  return {
    draft,
    isFound: found !== null,
    change: (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change })),
    drop: () => dropDraft(key),
  }
}

/** Pages without https have no randomUUID. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('')

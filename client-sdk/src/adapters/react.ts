'use client'

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Recorder, RecorderStatus } from '../recorder-types.js'

export interface RecorderProviderProps {
  /** A recorder that the page has made, and closes itself; null while it has none yet. */
  recorder?: Recorder | null
  /**
   * Makes the provider's own recorder, `() => createRecorder({ url, token })`: called once when the provider is mounted,
   * in strict mode too; the recorder is closed when it is unmounted. To record another session give the provider another
   * `key`, the session's id say.
   */
  create?: () => Recorder
  children?: ReactNode
}

const RecorderContext = createContext<Recorder | null>(null)

/**
 * Gives the components in it a recorder. Nothing is made while rendering, so nothing on a server.
 *
 *     <RecorderProvider create={() => createRecorder({ url, token })}>…</RecorderProvider>
 */
export function RecorderProvider({ recorder, create, children }: RecorderProviderProps): ReactNode {
  const own = useOwnRecorder(recorder === undefined ? create : undefined)
  return createElement(RecorderContext.Provider, { value: recorder ?? own }, children)
}

/** The recorder; null outside a provider, on a server, and until the provider has made it, right after mounting. */
export function useRecorder(): Recorder | null {
  return useContext(RecorderContext)
}

/**
 * The recorder's status, or what `select` takes of it: the component is rendered anew when that has changed. A status
 * changes with every batch, so take what you show: `useRecordingStatus((status) => status?.state)`, or
 * `useRecordingStatus(statusText)`. Null before there is a recorder, and on a server.
 *
 * @param select answers the same value (by `Object.is`) for the same status
 */
export function useRecordingStatus(): RecorderStatus | null
export function useRecordingStatus<T>(select: (status: RecorderStatus | null) => T): T
export function useRecordingStatus<T>(
  select: (status: RecorderStatus | null) => T = (status) => status as T,
): T {
  const recorder = useRecorder()
  const store = useMemo(() => statusStore(recorder), [recorder])
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.current()),
    () => select(null),
  )
}

/** A recorder answers a new status object each time it is asked; React wants the same one while nothing happened. */
function statusStore(recorder: Recorder | null) {
  let status = recorder?.status ?? null
  return {
    current: () => status,
    subscribe: (changed: () => void): (() => void) => {
      if (recorder === null) return () => {}
      const off = recorder.on('status', (told) => {
        status = told
        changed()
      })
      // It may have changed since it was rendered.
      status = recorder.status
      return off
    },
  }
}

interface Held {
  recorder: Recorder
  /** Set while it waits to be closed. */
  closing: ReturnType<typeof setTimeout> | undefined
}

function useOwnRecorder(create: (() => Recorder) | undefined): Recorder | null {
  const [recorder, setRecorder] = useState<Recorder | null>(null)
  const held = useRef<Held | null>(null)
  const latestCreate = useRef(create)
  latestCreate.current = create
  const isWanted = create !== undefined
  useEffect(() => {
    if (!isWanted) return
    const made = held.current?.recorder ?? latestCreate.current?.()
    if (made === undefined) return
    // Strict mode unmounts and mounts again at once: that is one page, and one source.
    clearTimeout(held.current?.closing)
    const own: Held = { recorder: made, closing: undefined }
    held.current = own
    setRecorder(made)
    return () => {
      // Later, so that components that are unmounted with it may still record.
      own.closing = setTimeout(() => {
        held.current = null
        setRecorder(null)
        // What does not get out in time stays in the outbox.
        made.close().catch(() => {})
      })
    }
  }, [isWanted])
  return recorder
}

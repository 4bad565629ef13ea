import { useCallback, useEffect, useState } from 'react'
import { signOutWhenRefused } from '../auth/sign-in-state.js'
import { codeOf } from '../data/api.js'
import type { RequestFailure } from '../ui/failure-notice.js'

export interface Loaded<T> {
  /** What was loaded last, also while it is loaded anew; null before. */
  data: T | null
  loading: boolean
  failure: RequestFailure | null
  again: () => void
}

/** What `load` resolves with; it is asked anew whenever it is another function. An answer that comes too late is dropped. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [data, setData] = useState<T | null>(null)
  const [failure, setFailure] = useState<RequestFailure | null>(null)
  const [loading, setLoading] = useState(true)
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` counts the wishes for another try
  useEffect(() => {
    let wanted = true
    setLoading(true)
    load().then(
      (loaded) => {
        if (!wanted) return
        setData(loaded)
        setFailure(null)
        setLoading(false)
      },
      (error: unknown) => {
        if (!wanted || signOutWhenRefused(codeOf(error))) return
        setFailure({ code: codeOf(error), message: error instanceof Error ? error.message : String(error) })
        setLoading(false)
      },
    )
    return () => {
      wanted = false
    }
  }, [load, asked])
  const again = useCallback(() => setAsked((n) => n + 1), [])
  return { data, loading, failure, again }
}

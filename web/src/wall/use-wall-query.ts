import { useCallback, useEffect, useState } from 'react'
import { queryOf, textOf, type WallQuery } from './live/wall-query.js'

/** What the proctor asked to see, kept in the address: a colleague who opens it sees the same. */
export function useWallQuery(): [WallQuery, (change: Partial<WallQuery>) => void] {
  const [query, setQuery] = useState(() => queryOf(location.search))
  useEffect(() => {
    const onBack = () => setQuery(queryOf(location.search))
    addEventListener('popstate', onBack)
    return () => removeEventListener('popstate', onBack)
  }, [])
  const ask = useCallback(
    (change: Partial<WallQuery>) =>
      setQuery((before) => {
        const next = { ...before, ...change }
        history.replaceState(history.state, '', `${location.pathname}${textOf(next)}${location.hash}`)
        return next
      }),
    [],
  )
  return [query, ask]
}

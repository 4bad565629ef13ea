import { useEffect, useState } from 'react'
import type { Colourer } from './code-segments.js'

export const plainly: Colourer = () => []
const loaded = new Map<string, Colourer>()

/** Colours for a file's code; plain text until its grammar is there, and where there is none. */
export function useColourer(path: string, language: string | null): Colourer {
  const ending = path.slice(path.lastIndexOf('.') + 1).slice(0, 16)
  const key = `${ending}\n${language ?? ''}`
  const [, setLoadedKey] = useState('')
  useEffect(() => {
    if (loaded.has(key)) return
    let isWanted = true
    import('./code-colours.js')
      .then(({ loadColourer }) => loadColourer(`.${ending}`, language))
      .then((colourer) => {
        // What candidates name their files has no bound.
        if (loaded.size < 100) loaded.set(key, colourer ?? plainly)
        if (isWanted) setLoadedKey(key)
      })
      // A grammar that did not load leaves the code plain; the next card of its language tries again.
      .catch(() => {})
    return () => {
      isWanted = false
    }
  }, [key, ending, language])
  return loaded.get(key) ?? plainly
}

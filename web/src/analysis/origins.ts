import type { Provenance } from '../../../protocol/http/analysis.js'

/** The origins of code, the candidate's own first; in this order everywhere. */
export const ORIGINS: readonly { name: Provenance; label: string; said: string }[] = [
  { name: 'typed', label: 'Typed', said: 'was typed' },
  { name: 'completed', label: 'Completed', said: 'was completed by the editor' },
  { name: 'moved', label: 'Moved', said: 'was moved within the files' },
  { name: 'ai', label: 'Assistant', said: 'came from the assistant' },
  { name: 'pasted', label: 'Pasted from outside', said: 'was pasted from outside' },
  { name: 'program', label: 'Program', said: 'was written by a program' },
  { name: 'given', label: 'Given', said: 'was there from the start' },
  { name: 'unexplained', label: 'Unexplained', said: 'is explained by no event' },
]

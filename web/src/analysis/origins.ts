import type { Provenance } from '../../../protocol/http/analysis.js'
import type { PlotColour } from './plots/plot-model.js'

interface Origin {
  name: Provenance
  label: string
  /** Behind `61 % of the final code`. */
  said: string
  colour: PlotColour
}

/** The origins of code, the candidate's own first; in this order everywhere. */
export const ORIGINS: readonly Origin[] = [
  { name: 'typed', label: 'Typed', said: 'was typed', colour: 'plot-green' },
  { name: 'completed', label: 'Completed', said: 'was completed by the editor', colour: 'plot-lime' },
  { name: 'moved', label: 'Moved', said: 'was moved within the files', colour: 'plot-blue' },
  { name: 'ai', label: 'Assistant', said: 'came from the assistant', colour: 'plot-violet' },
  { name: 'pasted', label: 'Pasted from outside', said: 'was pasted from outside', colour: 'plot-amber' },
  { name: 'program', label: 'Program', said: 'was written by a program', colour: 'plot-brown' },
  { name: 'given', label: 'Given', said: 'was there from the start', colour: 'plot-grey' },
  { name: 'unexplained', label: 'Of no known origin', said: 'is of no known origin', colour: 'plot-pink' },
]

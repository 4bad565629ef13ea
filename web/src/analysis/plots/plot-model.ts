/** The colours of tokens.css that plots are painted with. */
export const PLOT_COLOURS = [
  'plot-green',
  'plot-blue',
  'plot-violet',
  'plot-lime',
  'plot-amber',
  'plot-brown',
  'plot-pink',
  'plot-grey',
] as const
export type PlotColour = (typeof PLOT_COLOURS)[number]

export type Value = number | null

export interface PlotSeries {
  label: string
  colour: PlotColour
  /** `step`: a value holds until the next one. `bars`: of a width of their own at their place. */
  as: 'area' | 'step' | 'bars'
  /** One for each x; null where nothing is known. */
  values: readonly Value[]
  /** What is painted, where that is not the values themselves: the sums of a stack. */
  painted?: readonly Value[]
}

export interface PlotTable {
  columns: readonly string[]
  rows: readonly { atMs: number; cells: readonly string[] }[]
}

/** One plot over the time of a session. */
export interface PlotModel {
  title: string
  /** What the numbers of the y axis are. */
  unit: string
  /** The plot in a sentence or two: for those who can't see it, and for those in a hurry. */
  summary: string
  /** Epoch ms, rising. */
  atMs: readonly number[]
  series: readonly PlotSeries[]
  /** A click goes to the nearest value, or to the very place that was clicked. */
  goes: 'to-value' | 'to-place'
  /** Whether something holds, rather than how much of it there is: the y axis has no numbers. */
  onOff?: true
  table: PlotTable
}

/** The sums of a stack: each layer with all those below it. Painted from the highest to the lowest. */
export function stacked(layers: readonly (readonly number[])[]): number[][] {
  let below: readonly number[] = []
  return layers.map((layer) => {
    const sums = layer.map((value, i) => value + (below[i] ?? 0))
    below = sums
    return sums
  })
}

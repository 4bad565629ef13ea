import type { SessionStats, SessionTimeline } from '../../../../protocol/http/index.js'
import type { MetricName } from '../../../../replay/analysis/index.js'
import { count, counted } from '../../ui/format.js'
import type { Moment } from '../moments.js'
import { ORIGINS } from '../origins.js'
import type { PlotColour } from '../plots/plot-model.js'
import type { Computed } from './findings.js'

export interface Bar {
  label: string
  /** What a candidate wrote, such as a path. */
  theirs: boolean
  parts: { label: string; colour: PlotColour; amount: number }[]
  /** The bar's numbers, in words. */
  text: string
  /** By which the events behind it are found; null where no number of the statistics is of this bar alone. */
  metric: MetricName | null
  /** Where it can be seen, in the order of time. */
  moments: Moment[]
}

/** Amounts side by side that have no place in time. */
export interface Breakdown {
  title: string
  unit: string
  bars: Bar[]
  /** Instead of bars, where there are none. */
  none: string
}

/** More files are not read as a picture any more. */
const MAX_FILES = 8

const CATEGORIES = [
  ['test', 'Tests'],
  ['run', 'Runs'],
  ['build', 'Builds'],
  ['file', 'Files'],
  ['git', 'Git'],
  ['packageManager', 'Packages'],
  ['other', 'Other'],
] as const

export const breakdownsOf = ({ stats, timeline }: Pick<Computed, 'stats' | 'timeline'>): Breakdown[] => [
  commands(stats),
  editedFiles(stats, timeline),
  originsByFile(stats, timeline),
]

const FILE_CHECKPOINTS = new Map([
  ['file_created', 'created'],
  ['file_renamed', 'renamed'],
  ['code_snapshot', 'saved'],
  ['file_deleted', 'deleted'],
])

/** The checkpoints of a file: the moments of its edits, one by one, are in no answer of the service. */
function momentsOf(filePath: string, { checkpoints }: SessionTimeline): Moment[] {
  return checkpoints.flatMap(({ type, timestamp, label }) => {
    const what = FILE_CHECKPOINTS.get(type)
    return what === undefined || label !== filePath ? [] : [{ atMs: timestamp, what }]
  })
}

function commands({
  terminalActivity: { commandsByCategory, totalCommands, uniqueCommands },
}: SessionStats): Breakdown {
  return {
    title: 'Commands by category',
    unit: `${counted(totalCommands, 'command')}, ${count(uniqueCommands)} different; one may be of several categories`,
    bars: CATEGORIES.flatMap(([category, label]) => {
      const amount = commandsByCategory[category]
      return amount === 0
        ? []
        : [
            {
              label,
              theirs: false,
              parts: [{ label, colour: 'plot-blue', amount }],
              text: count(amount),
              metric: `terminalActivity.commandsByCategory.${category}`,
              moments: [],
            },
          ]
    }),
    none: 'No command was run.',
  }
}

function editedFiles(
  { fileChanges: { mostEditedFiles, uniqueFilesEdited } }: SessionStats,
  timeline: SessionTimeline,
): Breakdown {
  return {
    title: 'Files edited most',
    unit: `edits and saves; ${counted(uniqueFilesEdited, 'file')} in all`,
    bars: mostEditedFiles.map(({ filePath, edits, snapshots, linesAdded, linesDeleted }) => ({
      label: filePath,
      theirs: true,
      parts: [
        { label: 'Edits', colour: 'plot-green', amount: edits },
        { label: 'Saves', colour: 'plot-grey', amount: snapshots },
      ],
      text: `${count(edits)} and ${count(snapshots)}; lines +${count(linesAdded)} −${count(linesDeleted)}`,
      metric: null,
      moments: momentsOf(filePath, timeline),
    })),
    none: 'No file was edited.',
  }
}

function originsByFile({ provenance: { files } }: SessionStats, timeline: SessionTimeline): Breakdown {
  const largest = files
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total)
    .slice(0, MAX_FILES)
  return {
    title: 'Final code by file',
    unit: `characters by origin${files.length > MAX_FILES ? `; the ${MAX_FILES} largest of ${count(files.length)} files` : ''}`,
    bars: largest.map((file) => ({
      label: file.filePath,
      theirs: true,
      parts: ORIGINS.flatMap(({ name, label, colour }) =>
        file[name] === 0 ? [] : [{ label, colour, amount: file[name] }],
      ),
      text: count(file.total),
      metric: null,
      // As it was left.
      moments: momentsOf(file.filePath, timeline).slice(-1),
    })),
    none: 'The final files hold no code.',
  }
}

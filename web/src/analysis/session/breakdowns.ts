import type { SessionStats } from '../../../../protocol/http/index.js'
import { MAX_FILE_ID_CHARS } from '../../../../protocol/limits.js'
import type { FileMetricName, MetricName } from '../../../../replay/analysis/index.js'
import { count, counted } from '../../ui/format.js'
import { ORIGINS } from '../origins.js'
import type { PlotColour } from '../plots/plot-model.js'
import type { Computed } from './findings.js'

/** A number whose events can be asked for. */
export interface ExplainedNumber {
  metric: MetricName | FileMetricName
  label: string
  /** Of which file, for one of a file. */
  filePath?: string
}

export interface Bar {
  label: string
  /** What a candidate wrote, such as a path. */
  theirs: boolean
  parts: { label: string; colour: PlotColour; amount: number }[]
  /** The bar's numbers, in words. */
  text: string
  /** Those of the bar, by which the events behind it are found. */
  numbers: ExplainedNumber[]
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

export const breakdownsOf = ({ stats }: Pick<Computed, 'stats'>): Breakdown[] => [
  commands(stats),
  editedFiles(stats),
  originsByFile(stats),
]

const LONE_SURROGATE = /\p{Surrogate}/u

/** The numbers of a file that are not 0; none of one whose path no request can name. */
function numbersOf(
  filePath: string,
  found: readonly { metric: FileMetricName; label: string; amount: number }[],
): ExplainedNumber[] {
  if (filePath.length > MAX_FILE_ID_CHARS || LONE_SURROGATE.test(filePath)) return []
  return found.flatMap(({ amount, ...number }) => (amount === 0 ? [] : [{ ...number, filePath }]))
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
              numbers: [{ metric: `terminalActivity.commandsByCategory.${category}`, label }],
            },
          ]
    }),
    none: 'No command was run.',
  }
}

function editedFiles({ fileChanges: { mostEditedFiles, uniqueFilesEdited } }: SessionStats): Breakdown {
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
      numbers: numbersOf(filePath, [
        { metric: 'fileChanges.mostEditedFiles.edits', label: 'Edits', amount: edits },
        { metric: 'fileChanges.mostEditedFiles.snapshots', label: 'Saves', amount: snapshots },
        { metric: 'fileChanges.mostEditedFiles.linesAdded', label: 'Lines added', amount: linesAdded },
        { metric: 'fileChanges.mostEditedFiles.linesDeleted', label: 'Lines deleted', amount: linesDeleted },
      ]),
    })),
    none: 'No file was edited.',
  }
}

function originsByFile({ provenance: { files } }: SessionStats): Breakdown {
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
      numbers: numbersOf(file.filePath, [
        { metric: 'provenance.files.total', label: 'All origins', amount: file.total },
        ...ORIGINS.map(({ name, label }) => ({
          metric: `provenance.files.${name}` as const,
          label,
          amount: file[name],
        })),
      ]),
    })),
    none: 'The final files hold no code.',
  }
}

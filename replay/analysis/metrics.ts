import { ExplainedError } from '../../protocol/errors.js'
import type { SessionStats } from '../../protocol/http/analysis.js'

/** How a number comes out of the amounts of its contributions. */
export type Combines = 'sum' | 'mean' | 'smallest' | 'largest'

interface Metric {
  unit: 'count' | 'seconds' | 'milliseconds' | 'percent' | 'UTF-16 units' | 'epoch ms' | 'rating'
  combines: Combines
}

const count: Metric = { unit: 'count', combines: 'sum' }
const units: Metric = { unit: 'UTF-16 units', combines: 'sum' }
const seconds: Metric = { unit: 'seconds', combines: 'sum' }
const longest: Metric = { unit: 'seconds', combines: 'largest' }

/** Every number of the statistics that is not in a list, by its dotted name in the JSON. */
export const METRICS = {
  totalEvents: count,
  duration: seconds,
  'fileChanges.totalSnapshots': count,
  'fileChanges.uniqueFilesEdited': count,
  'fileChanges.totalLinesAdded': count,
  'fileChanges.totalLinesDeleted': count,
  'claudeInteractions.totalInteractions': count,
  'claudeInteractions.totalTokensUsed': count,
  'claudeInteractions.inputTokens': count,
  'claudeInteractions.outputTokens': count,
  'claudeInteractions.averageLatency': { unit: 'milliseconds', combines: 'mean' },
  'claudeInteractions.averagePromptQuality': { unit: 'rating', combines: 'mean' },
  'claudeInteractions.interactionsByRole.user': count,
  'claudeInteractions.interactionsByRole.assistant': count,
  'claudeInteractions.interactionsByRole.system': count,
  'claudeInteractions.aiTurnsBeforeFirstPass': count,
  'terminalActivity.totalCommands': count,
  'terminalActivity.uniqueCommands': count,
  'terminalActivity.commandsByCategory.test': count,
  'terminalActivity.commandsByCategory.git': count,
  'terminalActivity.commandsByCategory.file': count,
  'terminalActivity.commandsByCategory.packageManager': count,
  'terminalActivity.commandsByCategory.build': count,
  'terminalActivity.commandsByCategory.run': count,
  'terminalActivity.commandsByCategory.other': count,
  'testExecution.totalTests': count,
  'testExecution.passed': count,
  'testExecution.failed': count,
  'testExecution.passRate': { unit: 'percent', combines: 'mean' },
  'testExecution.averageDuration': { unit: 'milliseconds', combines: 'mean' },
  'testExecution.timeToFirstPass': { unit: 'seconds', combines: 'smallest' },
  'testExecution.totalRuns': count,
  'activityTimeline.firstEvent': { unit: 'epoch ms', combines: 'smallest' },
  'activityTimeline.lastEvent': { unit: 'epoch ms', combines: 'largest' },
  'activityTimeline.totalActiveTime': seconds,
  'activityTimeline.idleGaps.count': count,
  'activityTimeline.idleGaps.totalSeconds': seconds,
  'activityTimeline.idleGaps.longestSeconds': longest,
  'activityTimeline.editBursts.count': count,
  'activityTimeline.editBursts.totalSeconds': seconds,
  'activityTimeline.editBursts.longestSeconds': longest,
  'provenance.total': units,
  'provenance.typed': units,
  'provenance.pasted': units,
  'provenance.moved': units,
  'provenance.completed': units,
  'provenance.ai': units,
  'provenance.program': units,
  'provenance.given': units,
  'provenance.unexplained': units,
  'pastes.count': count,
  'pastes.totalChars': units,
  'pastes.outsideCount': count,
  'pastes.outsideChars': units,
  'pastes.largestChars': { unit: 'UTF-16 units', combines: 'largest' },
  'focus.awayCount': count,
  'focus.awaySeconds': seconds,
  'focus.longestAwaySeconds': longest,
  'signals.copies': count,
  'signals.fullscreenExits': count,
  'signals.connectionLosses': count,
  'signals.secondTabs': count,
  'annotations.notes': count,
  'annotations.flags': count,
  'annotations.messages': count,
  'annotations.timeExtensions': count,
  'recording.rejected': count,
  'recording.quarantined': count,
  'recording.lostEvents': count,
  'recording.lateEvents': count,
  'recording.clockFarEvents': count,
  'recording.incompleteTexts': count,
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

/** The numbers that the lists by file have of each one, by their dotted names in the JSON. */
export const FILE_METRICS = {
  'fileChanges.mostEditedFiles.edits': count,
  'fileChanges.mostEditedFiles.snapshots': count,
  'fileChanges.mostEditedFiles.linesAdded': count,
  'fileChanges.mostEditedFiles.linesDeleted': count,
  'provenance.files.total': units,
  'provenance.files.typed': units,
  'provenance.files.pasted': units,
  'provenance.files.moved': units,
  'provenance.files.completed': units,
  'provenance.files.ai': units,
  'provenance.files.program': units,
  'provenance.files.given': units,
  'provenance.files.unexplained': units,
} as const satisfies Record<string, Metric>

export type FileMetricName = keyof typeof FILE_METRICS

/** For who asks for a number that is none of these. */
export const unknownMetric = (names: readonly string[]): ExplainedError =>
  new ExplainedError('VALIDATION', 'metric: there is none of this name; details.metrics has them all.', {
    metrics: names,
  })

export const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name)
export const isFileMetric = (name: string): name is FileMetricName => Object.hasOwn(FILE_METRICS, name)

/** What a number is counted in, be it of the session or of one of its files. */
export const unitOf = (name: MetricName | FileMetricName): Metric['unit'] =>
  (isFileMetric(name) ? FILE_METRICS[name] : METRICS[name]).unit

/** The numbers of {@link METRICS} under their dotted names; what is null is left out. */
export function metricsOf(stats: SessionStats): Record<string, number> {
  const metrics: Record<string, number> = {}
  for (const name of Object.keys(METRICS)) {
    let value: unknown = stats
    for (const key of name.split('.')) value = (value as Record<string, unknown>)[key]
    if (typeof value === 'number') metrics[name] = value
  }
  return metrics
}

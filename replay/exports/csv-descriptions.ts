interface Description {
  unit: string
  description: string
}

const COUNT = 'count'
const CHARS = 'UTF-16 units'
const SECONDS = 's'
const UTC = 'UTC'
const TEXT = 'text'

const PROVENANCE = {
  total: 'Characters of the final files',
  typed: 'Typed',
  pasted: 'Pasted or dropped from outside the own files and the assistant',
  moved: "Pasted from the candidate's own files",
  completed: 'Inserted by completion',
  ai: 'Inserted by the assistant, or pasted from its answers',
  program: 'Written by a program',
  given: 'What files held when they were first seen',
  unexplained: 'What no event explains',
}

const provenance = (prefix: string, of: string): [string, string, string][] =>
  Object.entries(PROVENANCE).map(([name, text]) => [`${prefix}.${name}`, CHARS, `${text}${of}`])

/** By the path in the statistics, with `*` for a place in a list: unit and what it says. */
const ROWS: readonly [path: string, unit: string, description: string][] = [
  ['sessionId', TEXT, 'The session'],
  ['status', TEXT, 'Its status'],
  ['analysisVersion', 'version', 'Numbers of different versions are not comparable'],
  ['throughSeq', 'seq', 'The last event that is counted in'],
  ['limitsReached.*', TEXT, 'A bound that this recording exceeds: some numbers are lower bounds'],
  ['totalEvents', COUNT, 'Events recorded'],
  ['duration', SECONDS, 'From the start to the end, or to the last event of an open session'],
  ['fileChanges.totalSnapshots', COUNT, 'Code snapshots'],
  ['fileChanges.uniqueFilesEdited', COUNT, 'Files edited'],
  ['fileChanges.totalLinesAdded', 'lines', 'Lines added between snapshots'],
  ['fileChanges.totalLinesDeleted', 'lines', 'Lines deleted between snapshots'],
  ['fileChanges.mostEditedFiles.*.filePath', TEXT, 'One of the most edited files'],
  ['fileChanges.mostEditedFiles.*.edits', COUNT, 'Edits of that file'],
  ['fileChanges.mostEditedFiles.*.snapshots', COUNT, 'Snapshots of that file'],
  ['fileChanges.mostEditedFiles.*.linesAdded', 'lines', 'Lines added to that file'],
  ['fileChanges.mostEditedFiles.*.linesDeleted', 'lines', 'Lines deleted from that file'],
  ['claudeInteractions.totalInteractions', COUNT, 'Turns of the AI chat'],
  ['claudeInteractions.totalTokensUsed', 'tokens', 'Input and output together'],
  ['claudeInteractions.inputTokens', 'tokens', 'Input'],
  ['claudeInteractions.outputTokens', 'tokens', 'Output'],
  ['claudeInteractions.averageLatency', 'ms', 'Mean time to an answer, of those that say theirs'],
  ['claudeInteractions.averagePromptQuality', '1 to 5', 'Mean rating of prompts, of those that are rated'],
  ['claudeInteractions.interactionsByRole.user', COUNT, 'Prompts'],
  ['claudeInteractions.interactionsByRole.assistant', COUNT, 'Answers'],
  ['claudeInteractions.interactionsByRole.system', COUNT, 'System turns'],
  ['claudeInteractions.aiTurnsBeforeFirstPass', COUNT, 'Prompts before the first passing test'],
  ['terminalActivity.totalCommands', COUNT, 'Terminal commands'],
  ['terminalActivity.uniqueCommands', COUNT, 'Different commands'],
  ['terminalActivity.commandsByCategory.test', COUNT, 'Commands that run tests'],
  ['terminalActivity.commandsByCategory.git', COUNT, 'Git commands'],
  ['terminalActivity.commandsByCategory.file', COUNT, 'File operations'],
  ['terminalActivity.commandsByCategory.packageManager', COUNT, 'Package managers'],
  ['terminalActivity.commandsByCategory.build', COUNT, 'Builds'],
  ['terminalActivity.commandsByCategory.run', COUNT, 'Programs run'],
  ['terminalActivity.commandsByCategory.other', COUNT, 'Other commands'],
  ['testExecution.totalTests', COUNT, 'Test results'],
  ['testExecution.passed', COUNT, 'Passing results'],
  ['testExecution.failed', COUNT, 'Failing results'],
  ['testExecution.passRate', 'percent', 'Passing results of all'],
  ['testExecution.averageDuration', 'ms', 'Mean duration of a test, of those that say theirs'],
  ['testExecution.timeToFirstPass', SECONDS, 'From the start to the first passing test'],
  ['testExecution.totalRuns', COUNT, 'Test runs'],
  ['testExecution.runs.*.seq', 'seq', 'The event that began this run'],
  ['testExecution.runs.*.atMs', UTC, 'When this run began'],
  ['testExecution.runs.*.testCount', COUNT, 'Tests announced for this run'],
  ['testExecution.runs.*.passed', COUNT, 'Passing results of this run'],
  ['testExecution.runs.*.failed', COUNT, 'Failing results of this run'],
  ['activityTimeline.firstEvent', UTC, 'The first event'],
  ['activityTimeline.lastEvent', UTC, 'The last event'],
  ['activityTimeline.totalActiveTime', SECONDS, 'Time without gaps of more than five minutes'],
  ['activityTimeline.idleGaps.count', COUNT, 'Gaps of more than a minute without events'],
  ['activityTimeline.idleGaps.totalSeconds', SECONDS, 'All of these gaps'],
  ['activityTimeline.idleGaps.longestSeconds', SECONDS, 'The longest of these gaps'],
  ['activityTimeline.idleGaps.items.*.fromMs', UTC, 'A gap from'],
  ['activityTimeline.idleGaps.items.*.toMs', UTC, 'A gap to'],
  ['activityTimeline.idleGaps.items.*.seconds', SECONDS, 'Its length'],
  ['activityTimeline.editBursts.count', COUNT, 'Runs of edits less than 30 s apart'],
  ['activityTimeline.editBursts.totalSeconds', SECONDS, 'All of these runs'],
  ['activityTimeline.editBursts.longestSeconds', SECONDS, 'The longest of these runs'],
  ['activityTimeline.editBursts.items.*.fromMs', UTC, 'A run of edits from'],
  ['activityTimeline.editBursts.items.*.toMs', UTC, 'A run of edits to'],
  ['activityTimeline.editBursts.items.*.edits', COUNT, 'Its edits'],
  ['activityTimeline.editBursts.items.*.insertedChars', CHARS, 'Inserted by it'],
  ['activityTimeline.editBursts.items.*.deletedChars', CHARS, 'Deleted by it'],
  ...provenance('provenance', ''),
  ['provenance.files.*.filePath', TEXT, 'A file'],
  ...provenance('provenance.files.*', ', in that file'),
  ['pastes.count', COUNT, 'Pastes and drops'],
  ['pastes.totalChars', CHARS, 'All of them'],
  ['pastes.outsideCount', COUNT, 'Pastes from outside the own files and the assistant'],
  ['pastes.outsideChars', CHARS, 'These together'],
  ['pastes.largestChars', CHARS, 'The largest paste'],
  ['pastes.items.*.seq', 'seq', 'The event of a paste'],
  ['pastes.items.*.atMs', UTC, 'When it happened'],
  ['pastes.items.*.filePath', TEXT, 'Where it was pasted'],
  ['pastes.items.*.lengthChars', CHARS, 'Its length'],
  ['pastes.items.*.kind', TEXT, 'paste or drop'],
  ['pastes.items.*.from', TEXT, 'outside, own, ai or unknown'],
  ['focus.awayCount', COUNT, 'Times that no page of the interview was in front'],
  ['focus.awaySeconds', SECONDS, 'All of them'],
  ['focus.longestAwaySeconds', SECONDS, 'The longest of them'],
  ['signals.copies', COUNT, 'Copies'],
  ['signals.fullscreenExits', COUNT, 'Exits from full screen'],
  ['signals.connectionLosses', COUNT, 'Lost connections'],
  ['signals.secondTabs', COUNT, 'Second tabs'],
  ['annotations.notes', COUNT, 'Notes of proctors while the session was open'],
  ['annotations.flags', COUNT, 'Flags of proctors while the session was open'],
  ['annotations.messages', COUNT, 'Messages of proctors to the candidate'],
  ['annotations.timeExtensions', COUNT, 'Times that the time limit was extended'],
  ['recording.rejected', COUNT, 'Events that the service refused'],
  ['recording.quarantined', COUNT, 'Events that the database refused'],
  ['recording.lostEvents', COUNT, 'Events that never arrived'],
  ['recording.lateEvents', COUNT, 'Events that arrived after the close'],
  ['recording.clockFarEvents', COUNT, 'Events with a time more than a day off'],
  ['recording.incompleteTexts', COUNT, 'Long texts of which pieces are missing'],
]

const DESCRIPTIONS = new Map(ROWS.map(([path, unit, description]) => [path, { unit, description }]))

/** Empty for what has none: a later version's number is exported all the same. */
export const descriptionOf = (path: string): Description =>
  DESCRIPTIONS.get(path) ?? { unit: '', description: '' }

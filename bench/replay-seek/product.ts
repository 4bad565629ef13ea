// What the console's player does its work with, as one module: classes are told apart by what they are made from.
export { openRecordingReplayer, terminalFeed } from '../../replay/index.js'
export { archiveSource } from '../../web/src/data/archive-source.js'

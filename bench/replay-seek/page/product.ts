// The console's player, as one module: classes are told apart by what they are made from.

import '../../../web/src/style/tokens.css'
import '../../../web/src/style/base.css'
import '../../../web/src/ui/ui.css'
import '../../../web/src/embed/embed.css'

export { openRecordingReplayer } from '../../../replay/index.js'
export { archiveSource } from '../../../web/src/data/archive-source.js'
export { EmbeddedPlayer } from '../../../web/src/embed/embedded-player.js'
export { Playback } from '../../../web/src/player/playback.js'
export { TerminalView } from '../../../web/src/player/terminal/terminal-view.js'

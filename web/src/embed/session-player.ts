// The entry of the embeddable player (docs/embedding.md). Its style sheet is session-player.css beside it: the build
// gathers it from all that is imported here, and each player links it into its shadow root.
import '../style/tokens.css'
import '../style/base.css'
import '../ui/ui.css'
import './embed.css'
import { SessionPlayerElement } from './session-player-element.js'

export { SessionPlayerElement }

export const SESSION_PLAYER_TAG = 'interviewlm-session-player'

// A page may have loaded the player twice; whichever came first stays.
if (customElements.get(SESSION_PLAYER_TAG) === undefined)
  customElements.define(SESSION_PLAYER_TAG, SessionPlayerElement)

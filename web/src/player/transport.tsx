import { clock } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { type Playback, type PlaybackView, SPEEDS } from './playback.js'

interface TransportProps {
  playback: Playback
  view: PlaybackView
  /** The length to show, ms: of the recording, or of the interview so far. */
  lengthMs: number
  live: boolean
}

/** Play, pause, step, speed, and the way back to the newest event. */
export function Transport({ playback, view, lengthMs, live }: TransportProps) {
  const moving = view.mode === 'playing' || (live && view.mode === 'following')
  const atMs = view.mode === 'following' ? lengthMs : view.atMs - view.startMs
  const still = view.eventCount === 0
  return (
    <div className="transport">
      <fieldset className="transport-keys" aria-label="Playback">
        <button
          type="button"
          className="button"
          disabled={still}
          onClick={() => playback.step(-1)}
          title="Previous checkpoint ( [ )"
        >
          <Icon name="previous" />
          <span className="visually-hidden">Previous checkpoint</span>
        </button>
        <button
          type="button"
          className="button transport-play"
          disabled={still}
          onClick={() => playback.toggle()}
          title="Play or pause (Space)"
        >
          <Icon name={moving ? 'pause' : 'play'} />
          <span className="visually-hidden">{moving ? 'Pause' : 'Play'}</span>
        </button>
        <button
          type="button"
          className="button"
          disabled={still}
          onClick={() => playback.step(1)}
          title="Next checkpoint ( ] )"
        >
          <Icon name="next" />
          <span className="visually-hidden">Next checkpoint</span>
        </button>
      </fieldset>
      <label className="transport-option">
        <span className="visually-hidden">Speed</span>
        <select
          className="field"
          value={view.speed}
          onChange={(change) => playback.setSpeed(Number(change.target.value))}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <label className="transport-option">
        <input
          type="checkbox"
          checked={view.skipsIdle}
          onChange={(change) => playback.setSkipsIdle(change.target.checked)}
        />
        Skip idle
      </label>
      <span className="spacer" />
      <span className="transport-time tabular">
        <strong>{clock(atMs)}</strong>
        <span className="transport-length"> / {clock(lengthMs)}</span>
      </span>
      <button
        type="button"
        className="button button-outlined transport-live"
        aria-pressed={view.mode === 'following'}
        onClick={() => playback.follow()}
        title={live ? 'Back to live (End)' : 'To the end (End)'}
      >
        {live ? 'Live' : 'End'}
      </button>
    </div>
  )
}

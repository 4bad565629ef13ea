import { clock } from '../ui/format.js'
import { Icon, type IconName } from '../ui/icon.js'
import { type Playback, type PlaybackView, SPEEDS } from './playback.js'
import type { MomentLink } from './use-moment-link.js'

interface TransportProps {
  playback: Playback
  view: PlaybackView
  /** The length to show, ms: of the recording, or of the interview so far. */
  lengthMs: number
  live: boolean
  /** Null where a moment has no address. */
  link: MomentLink | null
}

const COPIED_WORDS = { copied: 'Copied', 'in the address': 'In the address bar' } as const

/** Play, pause, step, speed, and the way back to the newest event. */
export function Transport({ playback, view, lengthMs, live, link }: TransportProps) {
  const copied = link?.copied ?? null
  const moving = view.mode === 'playing' || (live && view.mode === 'following')
  const { startMs, eventCount } = view.overview
  const atMs = view.mode === 'following' ? lengthMs : view.atMs - startMs
  const still = eventCount === 0
  const key = (name: IconName, label: string, hint: string, act: () => void, extra = '') => (
    <button
      type="button"
      className={`button ${extra}`}
      disabled={still}
      onClick={act}
      title={`${label} ( ${hint} )`}
    >
      <Icon name={name} />
      <span className="visually-hidden">{label}</span>
    </button>
  )
  return (
    <div className="transport">
      <fieldset className="transport-keys" aria-label="Playback">
        {key('previous', 'Previous checkpoint', '[', () => void playback.step(-1, 'checkpoint'))}
        {key('farBack', 'Previous edit', '<', () => void playback.step(-1, 'edit'))}
        {key('nearBack', 'Previous event', ',', () => void playback.step(-1, 'event'))}
        {key(
          moving ? 'pause' : 'play',
          moving ? 'Pause' : 'Play',
          'Space',
          () => playback.toggle(),
          'transport-play',
        )}
        {key('nearOn', 'Next event', '.', () => void playback.step(1, 'event'))}
        {key('farOn', 'Next edit', '>', () => void playback.step(1, 'edit'))}
        {key('next', 'Next checkpoint', ']', () => void playback.step(1, 'checkpoint'))}
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
      <label className="transport-option transport-skip">
        <input
          type="checkbox"
          checked={view.skipsIdle}
          onChange={(change) => playback.setSkipsIdle(change.target.checked)}
        />
        Skip idle
      </label>
      <span className="spacer" />
      <span className="transport-loading" role="status">
        {view.isLoading && 'Loading this moment…'}
        {copied !== null && <span className="visually-hidden">{COPIED_WORDS[copied]}</span>}
      </span>
      {link !== null && (
        <button
          type="button"
          className="button transport-link"
          disabled={still}
          onClick={link.copyLink}
          title="Copy a link to this moment (C)"
        >
          <Icon name={copied === null ? 'link' : 'check'} />
          {copied === null ? 'Copy link' : COPIED_WORDS[copied]}
        </button>
      )}
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

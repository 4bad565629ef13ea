import { useState } from 'react'
import { DEMO_TIME_LIMIT_SEC } from '../../../../protocol/demo.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { useNow } from '../../ui/use-now.js'
import type { CandidateSession } from '../entry/enter.js'
import { QUESTION } from '../problem/problem.js'
import { Frame } from './frame.js'
import { timeWords } from './time-words.js'

interface ConsentScreenProps {
  /** Whether the service has a model; null where that is not known yet. */
  chat: boolean | null
  /** What the candidate was invited to; null where a session is made when it starts. */
  session: Pick<CandidateSession, 'startTimeMs' | 'timeLimitSec' | 'clockOffsetMs'> | null
  onStart: () => Promise<void>
}

const RECORDED: [IconName, string, string][] = [
  [
    'keyboard',
    'What you write',
    'every change in the editor, and where it came from: typed, pasted, completed, from the assistant',
  ],
  ['play', 'What you run', 'the terminal as it looks, your commands, test results'],
  ['follow', 'What you ask', 'your questions to the assistant, and its answers'],
  ['eye', 'Whether this page is in front', 'that you left it and came back, not where you were'],
  ['down', 'That you pasted or copied', 'how long the text was and a fingerprint of it'],
]

/** Says what is recorded before anything is. */
export function ConsentScreen({ chat, session, onStart }: ConsentScreenProps) {
  const nowMs = useNow()
  const offsetMs = session?.clockOffsetMs ?? null
  const [starting, setStarting] = useState(false)
  return (
    <Frame title={QUESTION.title}>
      <p className="demo-lead">
        A programming task in JavaScript, with an editor, a terminal, tests and an assistant.{' '}
        {timeWords(
          session,
          session === null ? DEMO_TIME_LIMIT_SEC : session.timeLimitSec,
          offsetMs === null ? null : nowMs + offsetMs,
        )}
      </p>
      <section className="demo-consent" aria-labelledby="recorded">
        <h2 id="recorded">What is recorded</h2>
        <ul>
          {RECORDED.map(([icon, what, how]) => (
            <li key={what}>
              <Icon name={icon} />
              <span>
                <strong>{what}</strong> {how}
              </span>
            </li>
          ))}
        </ul>
        <p>
          Interviewers can watch while you work, and see the recording later. Nothing is recorded of other
          pages and programs, your screen, camera or microphone. You can take a break in which nothing is
          recorded.
        </p>
        <p className="quiet">{ASSISTANT_WORDS[String(chat) as keyof typeof ASSISTANT_WORDS]}</p>
      </section>
      <button
        type="button"
        className="button button-primary"
        disabled={starting}
        onClick={() => {
          setStarting(true)
          void onStart()
        }}
      >
        {starting ? 'Starting…' : 'Start interview'}
      </button>
      <p className="quiet demo-fine">By starting you agree that this is recorded.</p>
    </Frame>
  )
}

const ASSISTANT_WORDS = {
  true: 'What you ask the assistant goes to a language model that this service has chosen.',
  false: 'The assistant is a script in this page: no language model is connected.',
  null: 'What you ask the assistant goes to a language model, where this service has one.',
}

import { useCallback, useEffect, useState } from 'react'
import { type Access, keepAccess } from '../entry/access.js'
import {
  askDemo,
  type CandidateSession,
  openSession,
  Refusal,
  type RefusalCode,
  startDemo,
} from '../entry/enter.js'
import { keepWork, readWork } from '../entry/kept-work.js'
import { Interview } from '../interview.js'
import { ClosedScreen } from './closed-screen.js'
import { ConsentScreen } from './consent-screen.js'
import { Frame } from './frame.js'
import { InterviewScreen } from './interview-screen.js'
import { RefusalScreen } from './refusal-screen.js'

type Stage =
  | { kind: 'loading' }
  | { kind: 'refused'; code: RefusalCode }
  | { kind: 'broken'; fault: unknown }
  /** With a session of one's own, or one that is made when it starts. */
  | { kind: 'consent'; session: CandidateSession | null; chat: boolean | null }
  | { kind: 'interview'; interview: Interview }
  | { kind: 'closed'; session: CandidateSession }

/** From the door to the receipt. */
export function DemoApp({ access }: { access: Access | 'damaged' | null }) {
  const [stage, setStage] = useState<Stage>({ kind: 'loading' })

  const enter = useCallback(() => {
    setStage({ kind: 'loading' })
    findStage(access).then(setStage, (error) => setStage(stageOfError(error)))
  }, [access])
  useEffect(enter, [enter])

  const startAgain = () => {
    keepAccess(null)
    keepWork(null)
    location.assign('/demo')
  }
  switch (stage.kind) {
    case 'loading':
      return (
        <Frame title="Opening the interview">
          <p className="demo-lead" role="status">
            Nothing is recorded before you start.
          </p>
        </Frame>
      )
    case 'refused':
      return <RefusalScreen code={stage.code} onRetry={enter} onStartAgain={startAgain} />
    case 'broken':
      // The page's own fault: the boundary around it says so.
      throw stage.fault
    case 'consent':
      return (
        <ConsentScreen
          chat={stage.chat}
          session={stage.session}
          onStart={async () => {
            await begin(stage.session).then(setStage, (error) => setStage(stageOfError(error)))
          }}
        />
      )
    case 'interview':
      return <InterviewScreen interview={stage.interview} onStartAgain={startAgain} />
    case 'closed':
      return <ClosedScreen sessionId={stage.session.sessionId} onStartAgain={startAgain} />
  }
}

let opened: Interview | null = null

async function findStage(access: Access | 'damaged' | null): Promise<Stage> {
  if (access === 'damaged') throw new Refusal('TOKEN_INVALID')
  if (access === null) return { kind: 'consent', session: null, chat: (await askDemo()).chat }
  const session = await openSession(access)
  if (session.status !== 'ACTIVE') return { kind: 'closed', session }
  const kept = readWork(session.sessionId)
  if (kept === null) return { kind: 'consent', session, chat: session.chat }
  // This tab was loaded again in the middle of it: what the candidate agreed to holds, and it goes on. Effects may
  // run twice; a page records once.
  opened ??= new Interview(session, kept)
  return { kind: 'interview', interview: opened }
}

/** The candidate agreed: from here on it is recorded. */
async function begin(invited: CandidateSession | null): Promise<Stage> {
  const session = invited ?? (await startDemo())
  keepAccess({ sessionId: session.sessionId, token: session.token })
  return { kind: 'interview', interview: new Interview(session, null) }
}

const stageOfError = (error: unknown): Stage =>
  error instanceof Refusal ? { kind: 'refused', code: error.code } : { kind: 'broken', fault: error }

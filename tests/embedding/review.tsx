import type { SessionPlayerElement } from '@interviewlm/session-player'
import { SessionPlayer } from '@interviewlm/session-player/react'
import { useRef, useState } from 'react'

export function Review({ archiveUrl }: { archiveUrl: string }) {
  const player = useRef<SessionPlayerElement>(null)
  const [momentMs, setMomentMs] = useState(0)
  return (
    <section>
      <button type="button" onClick={() => player.current?.seek('5:00')}>
        Minute five
      </button>
      <output>{Math.round(momentMs / 1000)} s</output>
      <SessionPlayer
        ref={player}
        archiveUrl={archiveUrl}
        at="1:00"
        style={{ height: 720 }}
        onMoment={(moment) => setMomentMs(moment.momentMs)}
      />
    </section>
  )
}

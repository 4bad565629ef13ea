import type { ReactNode } from 'react'
import { ThemeButton } from '../../ui/theme-button.js'

/** The page around whatever is not the interview itself. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="demo-frame">
      <header className="topbar">
        <span className="brand">
          <img src="/favicon.svg" alt="" width="20" height="20" />
          InterviewLM
        </span>
        <span className="spacer" />
        <ThemeButton />
      </header>
      <main className="demo-card">
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  )
}

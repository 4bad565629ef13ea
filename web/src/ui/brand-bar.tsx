import type { ReactNode } from 'react'

/** The bar of a screen that is about no session. */
export function BrandBar({ children }: { children?: ReactNode }) {
  return (
    <header className="topbar">
      <span className="brand">
        <img src="/favicon.svg" alt="" width="20" height="20" />
        InterviewLM Recorder
      </span>
      <span className="spacer" />
      {children}
    </header>
  )
}

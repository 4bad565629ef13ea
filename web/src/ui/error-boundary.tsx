import { Component, type ReactNode } from 'react'
import { Icon } from './icon.js'

/** Keeps a fault of the page from leaving it blank, and says what it means. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <main className="failure-screen">
        <div className="notice" data-tone="failure" role="alert">
          <Icon name="signal" />
          <div>
            <strong>This page ran into a fault of its own</strong>
            <p>
              Recording goes on and is not affected. Load the page again; what it shows comes from the
              service.
            </p>
            <p className="notice-actions">
              <button type="button" className="button button-outlined" onClick={() => location.reload()}>
                Load again
              </button>
            </p>
          </div>
        </div>
      </main>
    )
  }
}

import { Component, type ReactNode } from 'react'

interface FaultBoundaryProps {
  /** In the place of a player that can't be drawn. */
  instead: ReactNode
  onFault: (error: unknown) => void
  children: ReactNode
}

/** Keeps a fault of the player, or a recording that is not what it should be, from leaving its place in the page blank. */
export class FaultBoundary extends Component<FaultBoundaryProps, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override componentDidCatch(error: unknown): void {
    this.props.onFault(error)
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.instead : this.props.children
  }
}

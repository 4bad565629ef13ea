/** The batches of all connections of this node that are being answered. */
export class BatchesUnderWay {
  private count = 0
  private whenDone: (() => void) | null = null
  private isEnding = false

  /** False where no more are taken. */
  begin(): boolean {
    if (this.isEnding) return false
    this.count += 1
    return true
  }

  done(): void {
    this.count -= 1
    if (this.count === 0) this.whenDone?.()
  }

  end(): Promise<void> {
    this.isEnding = true
    if (this.count === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.whenDone = resolve
    })
  }
}

import type { ProductProcess } from '../support/process.js'

/** A server or worker that is killed, frozen and started again, whichever process it is at the moment. */
export class Part {
  #process: ProductProcess | null = null
  #isMeantToEnd = false
  readonly #outputs: (() => string)[] = []
  /** Ends that nobody asked for. */
  readonly accidents: string[] = []

  constructor(
    readonly name: string,
    readonly launch: () => Promise<ProductProcess>,
  ) {}

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  get url(): string {
    if (this.#process === null) throw new Error(`${this.name} does not run.`)
    return this.#process.url
  }

  /** Everything that all its processes wrote. */
  output(): string {
    return this.#outputs.map((read) => read()).join('')
  }

  /** Starts it and waits until it is ready; one whose stores are away is tried again, as a supervisor would. */
  async start(tries = 3): Promise<void> {
    const started = await this.launch().catch((error: Error) => {
      if (tries > 1) return null
      throw error
    })
    if (started === null) return this.start(tries - 1)
    this.#process = started
    this.#isMeantToEnd = false
    this.#outputs.push(started.output)
    void started.exited.then((code) => {
      if (this.#process !== started || this.#isMeantToEnd) return
      this.#process = null
      this.accidents.push(`${this.name} ended by itself with ${code}`)
      void this.start().catch((error) => this.accidents.push(`${this.name}: ${error}`))
    })
  }

  async kill(): Promise<void> {
    this.#isMeantToEnd = true
    await this.#process?.kill()
    this.#process = null
  }

  /** SIGTERM; one that does not end with 0 is an accident. */
  async stop(): Promise<void> {
    this.#isMeantToEnd = true
    const code = await this.#process?.stop()
    this.#process = null
    if (code !== 0) this.accidents.push(`${this.name} was told to stop and ended with ${code}`)
  }

  freeze(): void {
    this.#process?.signal('SIGSTOP')
  }

  thaw(): void {
    this.#process?.signal('SIGCONT')
  }
}

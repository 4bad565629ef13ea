/** A token, or a function that gets one from the platform. */
export type TokenSource = string | (() => string | Promise<string>)

/** Holds the token in use. A function is asked once, and again when the token was refused as expired. */
export class TokenHolder {
  #token: string | undefined

  constructor(readonly source: TokenSource) {}

  /** Whether asking again could give another token. */
  get isRenewable(): boolean {
    return typeof this.source === 'function'
  }

  /** The one in use, where there is one. */
  get current(): string | undefined {
    return this.#token
  }

  /** Empty where a function has none this time, as one that reads the answer of a platform in trouble: it is asked again. */
  async get(): Promise<string> {
    this.#token ||= typeof this.source === 'function' ? await this.source() : this.source
    return this.#token
  }

  /** The service sent another one. */
  replace(token: string): void {
    this.#token = token
  }

  /** The token in use has expired; the next get() asks for another. */
  expire(): void {
    this.#token = undefined
  }
}

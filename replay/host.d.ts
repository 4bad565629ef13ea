// What every host of this code has, browsers and Node.js alike, and the language's own library does not name. Only the
// part that is used: compiled against a host, these names are the host's own.

interface AbortSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

declare class AbortController {
  readonly signal: AbortSignal
  abort(): void
}

declare function setTimeout(act: () => void, ms: number): unknown

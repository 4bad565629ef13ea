import type { ConsoleApi } from './api.js'
import type { ServerClock } from './server-clock.js'

/** The service that this console talks to, for one signed-in viewer. */
export interface Backend {
  url: string
  token: string
  api: ConsoleApi
  clock: ServerClock
}

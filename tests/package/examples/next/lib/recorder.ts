import { createSessionService, type SessionService } from '@interviewlm/recorder-sdk/service'

let service: SessionService | undefined

/**
 * One for the process: calls made at once travel together. Its token stays on the server. Made when it is first used,
 * since `next build` loads this without its settings.
 */
export function recorder(): SessionService {
  service ??= createSessionService({
    url: process.env.RECORDER_URL ?? '',
    token: process.env.RECORDER_SERVICE_TOKEN ?? '',
  })
  return service
}

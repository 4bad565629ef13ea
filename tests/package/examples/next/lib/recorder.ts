import { createSessionService } from '@interviewlm/recorder-sdk/service'

/** One for the process: calls made at once travel together. Its token stays on the server. */
export const recorder = createSessionService({
  url: process.env.RECORDER_URL ?? '',
  token: process.env.RECORDER_SERVICE_TOKEN ?? '',
})

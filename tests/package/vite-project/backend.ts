import Anthropic from '@anthropic-ai/sdk'
import { recordAnthropic } from '@interviewlm/recorder-sdk/adapters/anthropic'
import { createSessionService, RecorderError, type SessionEvent } from '@interviewlm/recorder-sdk/service'

const service = createSessionService({ url: 'http://127.0.0.1', token: '' })

export const event: SessionEvent = { type: 'paste', data: { lengthChars: 3 } }

// What is not in the vocabulary does not compile: the types of data came along without the schema library.
// @ts-expect-error
export const unknownType: SessionEvent = { type: 'pasted', data: {} }
// @ts-expect-error
export const noBoolean: SessionEvent = { type: 'test_result', data: { testName: 'adds', passed: 'yes' } }

export async function read(sessionId: string): Promise<number> {
  const { session } = await service.getSessionRecording(sessionId)
  const stats = await service.getSessionStats(sessionId)
  if (session.status === 'ERROR') throw new RecorderError('INTERNAL', 'It broke.')
  return stats.testExecution.passRate ?? session.eventCount
}

export const claude = recordAnthropic(new Anthropic({ apiKey: '' }), {
  service,
  sessionId: '',
  onError: () => {},
})

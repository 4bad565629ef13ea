import { z } from 'zod'

export const demoView = z.object({
  chat: z.boolean().describe('Whether the service has a model to ask'),
})
export type DemoView = z.infer<typeof demoView>

export const demoSessionView = demoView.extend({ sessionId: z.string(), candidateToken: z.string() })
export type DemoSessionView = z.infer<typeof demoSessionView>

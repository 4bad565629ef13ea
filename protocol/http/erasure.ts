import { z } from 'zod'

export const erasureView = z.object({
  id: z.string(),
  erased: z.boolean().describe('Nothing is left; otherwise a store is away, and the rest goes by itself'),
})
export type ErasureView = z.infer<typeof erasureView>

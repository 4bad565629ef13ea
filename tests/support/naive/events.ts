import type { RecordedEvent } from '../../../protocol/events.js'

// biome-ignore lint/suspicious/noExplicitAny: the schemas have checked it, and plain code stays readable
export type Data = Record<string, any>
export interface Event extends Omit<RecordedEvent, 'data'> {
  data: Data
}

export const pathOf = ({ fileId, data }: Event): string =>
  fileId || data.filePath || data.fileName || 'untitled'

export const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)

import type { SessionPreview } from '../../../../protocol/socket-events.js'

/** What stands in the place of code that is not there. */
export function noCodeWords(eventCount: number, preview: SessionPreview | null): string {
  if (preview === null) return eventCount === 0 ? 'Nothing yet' : 'Loading…'
  return preview.isTooLarge ? 'Too large to be shown here' : 'No file is open'
}

/** In the place of a command; of a session that is too large nobody knows whether there was one. */
export const noCommandWords = (preview: SessionPreview | null): string =>
  preview === null || preview.isTooLarge ? '' : 'No command yet'

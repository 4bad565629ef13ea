import type { SessionPlace } from './opened-session.js'

export interface PlayerAttributes {
  archiveUrl: string | null
  url: string | null
  sessionId: string | null
  token: string | null
}

/**
 * The place that an element's attributes name, its addresses made absolute; null while something is missing, or
 * where an address is none. An archive goes before a service.
 * @param baseUrl that relative addresses are relative to
 */
export function placeIn(
  { archiveUrl, url, sessionId, token }: PlayerAttributes,
  baseUrl: string,
): SessionPlace | null {
  const place = absolute(archiveUrl || url, baseUrl)
  if (place === null) return null
  if (archiveUrl) return { archiveUrl: place }
  return sessionId && token ? { url: place, sessionId, token } : null
}

/** Without a slash at its end. */
const absolute = (url: string | null, baseUrl: string): string | null =>
  url && URL.canParse(url, baseUrl) ? new URL(url, baseUrl).href.replace(/\/+$/, '') : null

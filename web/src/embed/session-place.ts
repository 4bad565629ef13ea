import type { SessionPlace } from './opened-session.js'

export interface PlayerAttributes {
  archiveUrl: string | null
  url: string | null
  sessionId: string | null
  token: string | null
}

/**
 * The place that an element's attributes name, its addresses made absolute; null while something is missing. An archive
 * goes before a service.
 * @param baseUrl that relative addresses are relative to
 */
export function placeIn(
  { archiveUrl, url, sessionId, token }: PlayerAttributes,
  baseUrl: string,
): SessionPlace | null {
  if (archiveUrl) return { archiveUrl: withoutSlash(new URL(archiveUrl, baseUrl)) }
  if (!url || !sessionId || !token) return null
  return { url: withoutSlash(new URL(url, baseUrl)), sessionId, token }
}

const withoutSlash = (url: URL): string => url.href.replace(/\/+$/, '')

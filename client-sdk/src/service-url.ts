/** A service behind a path prefix has its Socket.IO and its API under the same prefix. */
export function splitUrl(url: string): { origin: string; prefix: string } {
  const { origin, pathname } = new URL(url, globalThis.location?.href)
  return { origin, prefix: pathname.replace(/\/+$/, '') }
}

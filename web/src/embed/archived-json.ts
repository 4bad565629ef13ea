/**
 * What stands in one of an archive's JSON objects; null where the archive has no such object.
 * @param name of the object, such as annotations.json
 * @throws {Error} where that can't be told, or what is there can't be read
 */
export async function archivedJson(
  archiveUrl: string,
  name: string,
  send: typeof fetch = fetch,
): Promise<unknown> {
  const response = await send(`${archiveUrl.replace(/\/$/, '')}/${name}`)
  if (response.ok) return response.json()
  await response.body?.cancel()
  // A store that lists nothing to who asks refuses what is not there.
  if (response.status === 404 || response.status === 403) return null
  throw new Error(`The archive answered ${response.status}.`)
}

import { createHash } from 'node:crypto'
import { ARCHIVE_OBJECTS, METADATA_OBJECT } from '../../protocol/archive-names.js'
import { refusalOf } from '../export/refusal.js'
import type { RunningSystem } from '../simulate/running-system.js'

/** How often an archive may be written anew while it is fetched. */
const TRIES = 3

/** The objects of one archive, whole and of one generation. */
export interface FetchedArchive {
  sessionId: string
  /** Null: nobody told. */
  title: string | null
  objects: Map<string, Buffer>
}

interface Metadata {
  session: { id: string; question?: unknown }
  objects: Record<string, { bytes: number; sha256: string }>
}

/**
 * Fetches the archive of a closed session from its service, and checks it against its own index. Throws an Error in words
 * for people: no such session, one that goes on, one that is not archived yet.
 */
export async function fetchArchive(system: RunningSystem, sessionId: string): Promise<FetchedArchive> {
  const session = `${system.url}/v1/sessions/${encodeURIComponent(sessionId)}`
  const ask = (path: string) =>
    fetch(`${session}${path}`, { headers: { authorization: `Bearer ${system.token}` } })
  await checkClosed(await ask(''))
  for (let attempt = 1; ; attempt++) {
    const objects = new Map<string, Buffer>()
    for (const name of ARCHIVE_OBJECTS) {
      const answer = await ask(`/archive/${name}`)
      if (answer.ok) objects.set(name, Buffer.from(await answer.arrayBuffer()))
      else if (answer.status !== 404 || name === METADATA_OBJECT) throw new Error(await refusalOf(answer))
      else await answer.body?.cancel()
    }
    const metadata = JSON.parse(String(objects.get(METADATA_OBJECT))) as Metadata
    if (isWhole(metadata, objects)) {
      return { sessionId: metadata.session.id, title: titleOf(metadata.session.question), objects }
    }
    if (attempt === TRIES) throw new Error('its archive does not match its index. Try again in a minute.')
  }
}

async function checkClosed(answer: Response): Promise<void> {
  if (!answer.ok) throw new Error(await refusalOf(answer))
  const { status, archive } = (await answer.json()) as { status: string; archive: { state: string } }
  if (status === 'ACTIVE') throw new Error('the session still goes on. Export it once it is closed.')
  if (archive.state !== 'verified')
    throw new Error(`its archive is ${archive.state}, not verified. Try again in a minute.`)
}

/** Whether each object that the index names is there with the bytes that it names. */
function isWhole({ objects: index }: Metadata, objects: ReadonlyMap<string, Buffer>): boolean {
  return Object.entries(index).every(([name, { bytes, sha256 }]) => {
    const object = objects.get(name)
    return object?.length === bytes && createHash('sha256').update(object).digest('hex') === sha256
  })
}

/** As the platform named the question, in whichever form. */
function titleOf(question: unknown): string | null {
  const title = typeof question === 'string' ? question : (question as { title?: unknown } | null)?.title
  return typeof title === 'string' && title.trim() !== '' ? title.trim().slice(0, 200) : null
}

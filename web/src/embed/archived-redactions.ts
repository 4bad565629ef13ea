import type { ArchivedRedaction } from '../../../protocol/archive-format.js'
import { METADATA_OBJECT } from '../../../protocol/archive-names.js'
import { MAX_REDACTIONS } from '../data/api.js'
import { archivedJson } from './archived-json.js'

/**
 * What was taken out of a recording, oldest first, as metadata.json of its archive tells it; of more than are shown, no
 * more than tell so.
 * @throws {Error} where it can't be read: then nobody knows
 */
export async function archivedRedactions(
  archiveUrl: string,
  send?: typeof fetch,
): Promise<ArchivedRedaction[]> {
  const metadata = await archivedJson(archiveUrl, METADATA_OBJECT, send)
  if (metadata === null) throw new Error(`The archive has no ${METADATA_OBJECT}.`)
  const { redactions = [] } = metadata as { redactions?: ArchivedRedaction[] }
  return redactions.filter(isRedaction).slice(0, MAX_REDACTIONS + 1)
}

/** An archive may have been written by anybody: what can't be shown is left out. */
const isRedaction = ({ id, placeCount, reason, author }: ArchivedRedaction): boolean =>
  typeof id === 'string' &&
  typeof placeCount === 'number' &&
  typeof reason === 'string' &&
  typeof author === 'string'

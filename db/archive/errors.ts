/** What can go wrong with an archive, and what to do about it. */
export const ARCHIVE_ERRORS = {
  ARCHIVE_UNAVAILABLE: 'Nothing was lost; check ARCHIVE_URL, the store and its credentials, and try again.',
  ARCHIVE_NOT_FOUND: 'Check the storage path; the recording may not be archived yet, or be erased.',
  ARCHIVE_CORRUPT:
    'Keep the rows, and write the archive again; without rows, restore the objects from a backup.',
  ARCHIVE_UNSUPPORTED: 'Update this program: a later version wrote the archive.',
  ARCHIVE_SUPERSEDED: 'Leave it: a newer generation is in its place.',
  ARCHIVE_AHEAD: 'Leave it: what the rows lack, as after PostgreSQL was put back, is in this archive alone.',
} as const

export type ArchiveErrorCode = keyof typeof ARCHIVE_ERRORS

/** `what` names keys and numbers, never contents; the table's help is appended. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  constructor(
    readonly code: ArchiveErrorCode,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`${what} ${ARCHIVE_ERRORS[code]}`, options)
  }
}

export const isArchiveError = (error: unknown, code: ArchiveErrorCode): boolean =>
  error instanceof ArchiveError && error.code === code

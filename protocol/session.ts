export const SESSION_STATUSES = ['ACTIVE', 'COMPLETED', 'ABANDONED', 'ERROR'] as const
export type SessionStatus = (typeof SESSION_STATUSES)[number]

/** none: not closed · pending: to be written or written again · verified: read back and equal to the rows. */
export const ARCHIVE_STATES = ['none', 'pending', 'verified', 'failed'] as const
export type ArchiveState = (typeof ARCHIVE_STATES)[number]

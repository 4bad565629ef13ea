/**
 * What stands in the place of what was taken out of a recording: one for each UTF-16 unit, so that no offset moves
 * [R15]. It takes one column of a terminal. No secret may contain it: then masking makes no new place of any secret.
 */
export const MASK_CHAR = '\u2588'

/** Shorter texts would be found where nobody meant them. */
export const MIN_SECRET_CHARS = 4
/** A private key in text form has some 3,300. */
export const MAX_SECRET_CHARS = 4000
export const MAX_REASON_CHARS = 500
/** So many places of a redaction are listed; all are counted. */
export const MAX_LISTED_PLACES = 200

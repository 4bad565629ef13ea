const MAX_LABEL_CHARS = 200

/** A label within its bound, whatever a sender put into it. */
export const labelled = (label: string): string =>
  label.length <= MAX_LABEL_CHARS ? label : `${label.slice(0, MAX_LABEL_CHARS - 1)}…`

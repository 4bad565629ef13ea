const KEY = 'interviewlm-recorder-device'

/** The same for all pages of one browser that share an origin; undefined where it can't be kept. */
export function browserId(): string | undefined {
  try {
    const id = localStorage.getItem(KEY) ?? crypto.randomUUID()
    localStorage.setItem(KEY, id)
    return id
  } catch {
    return undefined
  }
}

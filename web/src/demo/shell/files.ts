/** The interview's files, as programs see them: paths like `free-slots.js` or `lib/util.js`, without folders of their own. */
export interface ShellFiles {
  paths(): string[]
  read(path: string): string | null
  /** Makes the file where there is none. */
  write(path: string, text: string): void
  remove(path: string): void
  /** The other path is free. */
  rename(path: string, toPath: string): void
}

export const HOME = '/home/candidate/interview'
const MAX_PATH_CHARS = 120

/** A path as it was typed, in the form it is kept; null where it leads out of the interview's folder. */
export function resolvePath(typed: string): string | null {
  const absolute = typed.startsWith('~/') || typed === '~' ? HOME + typed.slice(1) : typed
  const rest =
    absolute === HOME ? '' : absolute.startsWith(`${HOME}/`) ? absolute.slice(HOME.length + 1) : absolute // prettier-ignore
  if (rest.startsWith('/')) return null
  const steps: string[] = []
  for (const step of rest.split('/')) {
    if (step === '..') {
      if (steps.pop() === undefined) return null
    } else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

/** Why a file can't have this path; null where it can. */
export function wrongPath(path: string): string | null {
  if (path === '') return 'A file needs a name.'
  if (path.length > MAX_PATH_CHARS) return 'The name is too long.'
  if (/\p{Cc}|\\/u.test(path)) return 'A name has no control characters and no backslash.'
  return resolvePath(path) === path ? null : 'A path has no "..", no "." and no slash at its ends.'
}

export const isFolder = (files: ShellFiles, path: string): boolean =>
  path === '' || files.paths().some((each) => each.startsWith(`${path}/`))

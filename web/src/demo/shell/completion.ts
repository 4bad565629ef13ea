/** What Tab makes of a line: text to put in at its end, or the choices there are. */
export type Completion = { kind: 'insert'; text: string } | { kind: 'choices'; choices: string[] } | null

/** Completes the last word of what stands before the caret: a command at the line's start or after a pipe, else a path. */
export function complete(
  before: string,
  known: { commands: readonly string[]; paths: readonly string[] },
): Completion {
  const word = /[^\s|;&>]*$/.exec(before)?.[0] ?? ''
  const isCommand = /(^|[|;&])\s*$/.test(before.slice(0, before.length - word.length))
  const all = isCommand ? known.commands : pathsAt(word, known.paths)
  const fitting = [...new Set(all.filter((each) => each.startsWith(word)))].sort()
  const [only] = fitting
  if (only === undefined) return null
  if (fitting.length === 1)
    return { kind: 'insert', text: only.slice(word.length) + (only.endsWith('/') ? '' : ' ') }
  const common = commonStart(fitting)
  if (common.length > word.length) return { kind: 'insert', text: common.slice(word.length) }
  return { kind: 'choices', choices: fitting }
}

/** Files and folders one level below what was typed already. */
function pathsAt(word: string, paths: readonly string[]): string[] {
  const depth = word.split('/').length
  return paths.map((path) => {
    const steps = path.split('/')
    return steps.length > depth ? `${steps.slice(0, depth).join('/')}/` : path
  })
}

function commonStart(words: readonly string[]): string {
  let common = words[0] ?? ''
  for (const word of words) while (!word.startsWith(common)) common = common.slice(0, -1)
  return common
}

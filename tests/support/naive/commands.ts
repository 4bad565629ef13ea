const NAIVE_COMMANDS: [string, RegExp][] = [
  ['test', /^(pytest|jest|npm test|npm run test|go test|cargo test|-m pytest|-m unittest)\b/],
  ['git', /^git\b/],
  ['file', /^(ls|cat|mkdir|rm|cp|mv|touch|grep|find|head|tail|code|sed|diff)\b/],
  ['packageManager', /^(pip|npm (install|i|ci)|yarn add|apt-get|-m pip)\b/],
  ['build', /^(make|gcc|tsc|npm run build|cargo build|go build)\b/],
  ['run', /^(python3?|node|npm start|npm run dev|go run|cargo run|\.\/\S+|bash)\b/],
]

/** For the plain shell lines of tests and of the recordings. */
export function naiveCategories(line: string): string[] {
  // What stands in quotes is no command of its own.
  const bare = line.replace(/'[^']*'|"[^"]*"/g, 'Q')
  const found = new Set<string>()
  for (const part of bare.split(/&&|\|\||[;|&\n()]/)) {
    let command = part.trim()
    for (let last = ''; last !== command; ) {
      last = command
      command = command.replace(/^([A-Za-z_]\w*=\S*|sudo|time|env|npx)\s+/, '')
    }
    command = command.replace(/^python3? -m /, '-m ').replace(/^\S*\/bin\//, '')
    for (const [category, pattern] of NAIVE_COMMANDS) {
      if (!pattern.test(command)) continue
      found.add(category)
      break
    }
  }
  return found.size === 0 ? ['other'] : [...found]
}

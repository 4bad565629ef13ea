import { beforeEach, describe, expect, test } from 'vitest'
import type { ShellFiles } from './files.js'
import { Shell } from './shell.js'

let texts: Map<string, string>
let shell: Shell

function filesOf(map: Map<string, string>): ShellFiles {
  return {
    paths: () => [...map.keys()],
    read: (path) => map.get(path) ?? null,
    write: (path, text) => void map.set(path, text),
    remove: (path) => void map.delete(path),
    rename: (path, toPath) => {
      map.set(toPath, map.get(path) ?? '')
      map.delete(path)
    },
  }
}

beforeEach(() => {
  texts = new Map([
    ['a.js', 'const a = 1\nconst b = 2\n'],
    ['b.txt', 'one\ntwo\nthree'],
    ['lib/util.js', 'export const x = 1\n'],
  ])
  shell = new Shell({
    files: filesOf(texts),
    commands: {
      wait: ({ signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve(1)
          signal.addEventListener('abort', () => resolve(1))
        }),
    },
  })
})

async function run(line: string, signal = new AbortController().signal) {
  const printed = { out: '', err: '' }
  const code = await shell.run(
    line,
    {
      out: (text) => {
        printed.out += text
      },
      err: (text) => {
        printed.err += text
      },
    },
    signal,
  )
  return { code, ...printed }
}

describe('commands', () => {
  test.each([
    ['pwd', '/home/candidate/interview\n'],
    ['ls', 'a.js  b.txt  lib/\n'],
    ['ls lib', 'util.js\n'],
    ['ls *.js', 'a.js\n'],
    ['ls -1 ./lib/..', 'a.js\nb.txt\nlib/\n'],
    ['cat b.txt', 'one\ntwo\nthree'],
    ['cat -n b.txt', '     1\tone\n     2\ttwo\n     3\tthree\n'],
    ['cat ~/interview/../interview/a.js', ''],
    ['head -n 1 b.txt', 'one\n'],
    ['head -2 b.txt', 'one\ntwo\n'],
    ['tail -n1 b.txt', 'three\n'],
    ['wc -l a.js', '   2 a.js\n'],
    ['wc b.txt', '   2    3   13 b.txt\n'],
    ['grep -n const a.js', '1:const a = 1\n2:const b = 2\n'],
    ['grep -i ONE b.txt', 'one\n'],
    ['grep -v o b.txt', 'three\n'],
    ['grep -c const a.js b.txt', 'a.js:2\nb.txt:0\n'],
    ['grep -rl const', 'a.js\nlib/util.js\n'],
    ['echo hello   world', 'hello world\n'],
    ['echo "a  b" \'$HOME\' $HOME', 'a  b $HOME /home/candidate/interview\n'],
    ['echo "say \\"hi\\"" \\> x', 'say "hi" > x\n'],
    ['echo *.py', '*.py\n'],
    ['echo "*.js"', '*.js\n'],
    ['echo a # b', 'a\n'],
    ['echo a; echo b', 'a\nb\n'],
    ['cat b.txt | grep t | wc -l', '   2\n'],
    ['ls nothing || echo missing', 'missing\n'],
    ['ls nothing && echo there', ''],
    ['', ''],
    ['   ', ''],
  ])('%s', async (line, out) => {
    expect((await run(line)).out).toBe(out)
  })

  test('files are made, moved and removed', async () => {
    await run('echo one > new.txt; echo two >> new.txt; touch empty; cp a.js lib/; mv b.txt c.txt')
    await run('rm a.js')
    expect(Object.fromEntries(texts)).toEqual({
      'new.txt': 'one\ntwo\n',
      empty: '',
      'lib/a.js': 'const a = 1\nconst b = 2\n',
      'c.txt': 'one\ntwo\nthree',
      'lib/util.js': 'export const x = 1\n',
    })
    await run('mv c.txt empty')
    expect(texts.get('empty')).toBe('one\ntwo\nthree')
    expect((await run('rm lib')).err).toContain('Is a directory')
    await run('rm -r lib')
    expect([...texts.keys()].filter((path) => path.startsWith('lib'))).toEqual([])
  })

  test('touch leaves the text of a file alone', async () => {
    expect((await run('touch a.js')).code).toBe(0)
    expect(texts.get('a.js')).toBe('const a = 1\nconst b = 2\n')
  })
})

describe('errors, as a shell gives them', () => {
  test.each([
    ['nonsense', 127, 'sh: nonsense: command not found'],
    ['cat nothing', 1, 'cat: nothing: No such file or directory'],
    ['cat lib', 1, 'cat: lib: Is a directory'],
    ['cat /etc/passwd', 1, 'No such file or directory'],
    ['cat ../x', 1, 'No such file or directory'],
    ['cat', 2, 'cat: name a file'],
    ['ls -x', 2, "ls: invalid option -- 'x'"],
    ['rm', 2, 'rm: missing operand'],
    ['rm nothing', 1, "rm: cannot remove 'nothing': No such file"],
    ['rm .', 1, 'Is a directory'],
    ['mv a.js', 2, "missing destination file operand after 'a.js'"],
    ['mv a.js a.js', 1, 'are the same file'],
    ['mv a.js b.txt nothing', 1, "target 'nothing': Not a directory"],
    ['head -n x b.txt', 2, 'invalid number of lines'],
    ['grep ( a.js', 2, 'not a regular expression'],
    ['grep zzz a.js', 1, ''],
    ['echo x > lib', 1, 'sh: lib: Is a directory'],
    ['echo x > /etc/y', 1, 'Permission denied'],
    ['echo "open', 2, 'looking for matching `"'],
    ['| cat', 2, "syntax error near unexpected token `|'"],
    ['echo x >', 2, "unexpected token `newline'"],
    ['echo x &&', 2, "unexpected token `newline'"],
    ['sleep &', 2, '"&" is not supported'],
    ['cd lib', 1, 'stays in its one folder'],
    ['cd nowhere', 1, 'No such file'],
  ])('%s', async (line, code, words) => {
    const result = await run(line)
    expect(result.code).toBe(code)
    expect(result.err).toContain(words)
  })

  test('the exit code is there for the next line', async () => {
    await run('nonsense')
    expect((await run('echo $?')).out).toBe('127\n')
    expect((await run('echo $?')).out).toBe('0\n')
  })
})

test('what is interrupted ends with 130, and so does the rest of its line', async () => {
  const controller = new AbortController()
  const running = run('wait; echo never', controller.signal)
  controller.abort()
  expect(await running).toMatchObject({ code: 130, out: '' })
})

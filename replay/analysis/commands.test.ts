import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { categoriesOf } from './command-categories.js'
import { commandsIn } from './shell-words.js'

describe('the simple commands of a shell line', () => {
  test.each<[string, string[][]]>([
    ['ls -la', [['ls', '-la']]],
    ['a | b && c || d; e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    ['(cd x && make)', [['cd', 'x'], ['make']]],
    ['{ a; b; }', [['a'], ['b']]],
    [`echo "a; b && c" 'd | e' f\\;g`, [['echo', 'a; b && c', 'd | e', 'f;g']]],
    ['echo "say \\"hi\\""', [['echo', 'say "hi"']]],
    ['a > out.txt 2>&1 < in', [['a']]],
    ['a &> log; b >> log arg', [['a'], ['b', 'arg']]],
    ['echo $(git rev-parse HEAD) `ls`', [['git', 'rev-parse', 'HEAD'], ['ls'], ['echo', '', '']]],
    [
      'echo "$(npm test)"',
      [
        ['npm', 'test'],
        ['echo', '$(npm test)'],
      ],
    ],
    [
      'diff <(sort a) <(sort b)',
      [
        ['sort', 'a'],
        ['sort', 'b'],
        ['diff', '', ''],
      ],
    ],
    ['# only words', []],
    ['a # b; c', [['a']]],
    ['echo a#b', [['echo', 'a#b']]],
    ['cat <<EOF > f\nrm -rf /\nEOF\nls', [['cat'], ['ls']]],
    ["cat <<-'END'\n\tgit push\n\tEND\nls", [['cat'], ['ls']]],
    ['cat <<< word', [['cat']]],
    ['if test -f a; then npm test; else make; fi', [['test', '-f', 'a'], ['npm', 'test'], ['make']]],
    ['for f in *.ts; do cat $f; done', [['cat', '$f']]],
    ['a \\\n  b', [['a', 'b']]],
    ['', []],
    ['  ;; && ', []],
    ['echo "never closed', [['echo', 'never closed']]],
    ['cat <<EOF\nnever ended', [['cat']]],
  ])('%s', (line, commands) => {
    expect(commandsIn(line)).toEqual(commands)
  })

  test('any text is read, and in time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab $(){}`"\'\\|&;<>#\n=-') }), (line) => {
        for (const words of commandsIn(line)) expect(words.length).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
    for (const bit of ['"$(', '$(', '`', '(', '<<a\n', "'", '\\', 'a -', '"`'])
      expect(() => categoriesOf(bit.repeat(100_000))).not.toThrow()
  })
})

describe('the categories of a command', () => {
  test.each<[string, string]>([
    ['npm test', 'test'],
    ['npm t', 'test'],
    ['npm run test:unit -- --watch', 'test'],
    ['npm run-script e2e', 'test'],
    ['npm --prefix web test', 'test'],
    ['pnpm -r test', 'test'],
    ['yarn test', 'test'],
    ['yarn e2e', 'test'],
    ['bun test', 'test'],
    ['npx vitest run', 'test'],
    ['npx -y jest@29', 'test'],
    ['pnpm exec jest', 'test'],
    ['yarn dlx mocha', 'test'],
    ['npm exec -- ava', 'test'],
    ['pytest -q', 'test'],
    ['python -m pytest tests', 'test'],
    ['python3 -W error -m unittest', 'test'],
    ['python manage.py test', 'test'],
    ['python tests/test_a.py', 'test'],
    ['uv run pytest', 'test'],
    ['poetry run python -m pytest', 'test'],
    ['bundle exec rspec', 'test'],
    ['go test ./...', 'test'],
    ['cargo test', 'test'],
    ['cargo +nightly nextest run', 'test'],
    ['mvn -q test', 'test'],
    ['./mvnw verify', 'test'],
    ['./gradlew :app:test', 'test'],
    ['make test', 'test'],
    ['make -C app check', 'test'],
    ['node --test', 'test'],
    ['dotnet test', 'test'],
    ['npx playwright test', 'test'],
    ['CI=1 FOO="a b" npm test', 'test'],
    ['sudo -u me env X=1 time npm test', 'test'],
    ['timeout 30 pytest', 'test'],
    ['timeout -k 5 30 pytest', 'test'],
    ['bash -c "cd x && pytest"', 'test'],
    ['node_modules/.bin/jest', 'test'],
    ['cd x && npm test', 'test'],
    ['git status', 'git'],
    ['sudo git pull', 'git'],
    ['gh pr create', 'git'],
    ['ls', 'file'],
    ['/bin/cat a', 'file'],
    ['mkdir -p a/b', 'file'],
    ['vim a.ts', 'file'],
    ['npm install', 'packageManager'],
    ['npm ci', 'packageManager'],
    ['npm i -D jest', 'packageManager'],
    ['yarn', 'packageManager'],
    ['yarn add jest', 'packageManager'],
    ['pnpm add -D vitest', 'packageManager'],
    ['pip install pytest', 'packageManager'],
    ['python -m pip install x', 'packageManager'],
    ['uv add pytest', 'packageManager'],
    ['cargo add serde', 'packageManager'],
    ['go mod tidy', 'packageManager'],
    ['sudo apt-get install -y jq', 'packageManager'],
    ['bundle install', 'packageManager'],
    ['make', 'build'],
    ['npm run build', 'build'],
    ['yarn build', 'build'],
    ['tsc -p .', 'build'],
    ['npx tsc --noEmit', 'build'],
    ['gcc -O2 a.c', 'build'],
    ['cargo build --release', 'build'],
    ['go build', 'build'],
    ['docker build .', 'build'],
    ['vite build', 'build'],
    ['python main.py', 'run'],
    ['python3.12 -m http.server', 'run'],
    ['node index.js', 'run'],
    ['npm start', 'run'],
    ['npm run dev', 'run'],
    ['npx tsx a.ts', 'run'],
    ['go run .', 'run'],
    ['cargo run', 'run'],
    ['./a.out', 'run'],
    ['bash run.sh', 'run'],
    ['docker compose up', 'run'],
    ['docker compose build', 'build'],
    ['docker compose exec app npm test', 'test'],
    ['.\\gradlew.bat test', 'test'],
    ['C:\\Python311\\python.exe -m pytest', 'test'],
    ['cmd /c npm test', 'test'],
    ['powershell -Command "npm test"', 'test'],
    ['npx tsx --test', 'test'],
    ['npx nx test app', 'test'],
    ['turbo run test', 'test'],
    ['turbo run build', 'build'],
    ['composer test', 'test'],
    ['Get-ChildItem src', 'file'],
    ['command -v pytest', 'other'],
    ['command pytest', 'test'],
    ['git commit -m "npm test"', 'git'],
    ['cat <<EOF > run.sh\nnpm test\nEOF', 'file'],
    ['# npm test', 'other'],
    ['echo "npm test"', 'other'],
    ['cd src', 'other'],
    ['echo rm -rf', 'other'],
    ['clear', 'other'],
    ['', 'other'],
    ['constructor', 'other'],
    ['__proto__ x', 'other'],
    ['FOO=bar', 'other'],
    ['sudo', 'other'],
  ])('%s is %s', (line, category) => {
    expect(categoriesOf(line)).toEqual([category])
  })

  test('a line of several parts counts in the category of each, once', () => {
    expect(categoriesOf('git pull && npm ci && npm run build && npm test | tee log | grep ok')).toEqual([
      'test',
      'git',
      'file',
      'packageManager',
      'build',
    ])
    expect(categoriesOf('ls; ls; cd x')).toEqual(['file'])
    expect(categoriesOf('python a.py\ngit add .\n')).toEqual(['git', 'run'])
  })
})

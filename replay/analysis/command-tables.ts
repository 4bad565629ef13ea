// Which program is of which category. docs/statistics.md says what the categories mean.

export const COMMAND_CATEGORIES = ['test', 'git', 'file', 'packageManager', 'build', 'run', 'other'] as const
export type CommandCategory = (typeof COMMAND_CATEGORIES)[number]
export type Known = Exclude<CommandCategory, 'other'>

/** What runs another command, with those of its flags that take the next word. */
export const PREFIXES: Record<string, readonly string[]> = {
  sudo: ['-u', '-g', '-h', '-p', '-C', '-D', '-R', '-T', '-U', '--user', '--group'],
  doas: ['-u', '-C'],
  time: ['-f', '-o', '--format', '--output'],
  env: ['-u', '-C', '-S', '--unset', '--chdir'],
  'cross-env': [],
  dotenv: ['-e', '-f'],
  nohup: [],
  nice: ['-n'],
  ionice: ['-c', '-n'],
  exec: ['-a'],
  command: [],
  builtin: [],
  timeout: ['-k', '-s', '--kill-after', '--signal'],
  stdbuf: ['-i', '-o', '-e'],
  unbuffer: [],
  watch: ['-n', '--interval'],
  xargs: ['-n', '-I', '-P', '-L', '-d', '-s', '-a', '-E'],
  caffeinate: [],
  strace: ['-e', '-o', '-p'],
  npx: ['-p', '--package', '-c', '--call'],
  pnpx: ['-p', '--package'],
  bunx: ['-p', '--package'],
  pipx: [],
  uvx: ['--from', '--with', '--python', '-p'],
}

/** What runs another command behind a word of its own: `uv run pytest`, `npm exec -- jest`. */
export const RUNNERS: Record<string, readonly string[]> = {
  npm: ['exec', 'x'],
  pnpm: ['exec', 'dlx'],
  yarn: ['exec', 'dlx'],
  bun: ['x'],
  bundle: ['exec'],
  uv: ['run'],
  poetry: ['run'],
  pipenv: ['run'],
  hatch: ['run'],
  rye: ['run'],
  pdm: ['run'],
  pixi: ['run'],
  conda: ['run'],
  mamba: ['run'],
  mise: ['exec', 'x'],
  dotenvx: ['run'],
  'docker-compose': ['exec', 'run'],
}
export const RUNNER_FLAGS_WITH_VALUE = [
  '-n',
  '-p',
  '--name',
  '--package',
  '--python',
  '--with',
  '--env-file',
  '-e',
  '-C',
  '-f',
]

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/))

/** Programs whose every use is of one category. */
export const PROGRAMS: readonly [Known, ReadonlySet<string>][] = [
  [
    'test',
    set(
      'pytest py.test jest vitest mocha ava tap tape karma cypress jasmine rspec minitest phpunit pest tox nox ' +
        'ctest nose2 nosetests nextest cucumber behave robot busted bats testcafe wtr c8 nyc coverage ' +
        'stestr trial gotestsum',
    ),
  ],
  ['git', set('git gh hub tig lazygit glab')],
  [
    'file',
    set(
      'ls ll la dir cat bat mkdir rmdir rm cp mv touch find fd grep egrep fgrep rg ag ack head tail less more tree ' +
        'chmod chown chgrp ln wc sort uniq sed awk gawk diff cmp comm du df stat file tar zip unzip gzip gunzip ' +
        'zcat bzip2 xz 7z tee xxd hexdump od cut tr paste split join realpath readlink basename dirname dd rsync ' +
        'scp vi vim nvim nano emacs pico micro ed code subl locate jq yq nl tac rev column shred truncate ' +
        'mktemp del copy xcopy robocopy move ren md rd findstr gci Get-ChildItem Get-Content Set-Content New-Item ' +
        'Remove-Item Copy-Item Move-Item Select-String',
    ),
  ],
  [
    'packageManager',
    set(
      'pip pip3 pip2 pipenv pipx conda mamba micromamba gem brew apt apt-get aptitude dpkg yum dnf rpm apk pacman ' +
        'composer nuget corepack nvm fnm volta asdf rustup sdk pyenv rbenv snap flatpak choco scoop winget ' +
        'port easy_install cpan cpanm luarocks vcpkg conan ncu lerna virtualenv',
    ),
  ],
  [
    'build',
    set(
      'make gmake cmake ninja meson gcc g++ cc c++ clang clang++ tcc tsc javac rustc kotlinc scalac swiftc ghc gfortran ' +
        'webpack rollup esbuild parcel swc babel turbo nx bazel buck msbuild xcodebuild ant protoc ld ar as nasm ' +
        'ocamlc dmd ldc2 tsup unbuild microbundle gulp grunt autoconf automake configure',
    ),
  ],
  [
    'run',
    set(
      'node nodejs deno ts-node tsx python python2 python3 pypy pypy3 py ipython java ruby irb php perl Rscript R julia lua ' +
        'luajit elixir iex erl scala kotlin groovy dart racket guile sbcl clojure clj ghci runghc runhaskell ocaml octave ' +
        'nodemon pm2 flask uvicorn gunicorn hypercorn streamlit rails puma foreman serve http-server live-server ' +
        'docker docker-compose podman sh bash zsh dash ksh fish',
    ),
  ],
]

/** Programs whose first words decide; the first line that matches does. */
export const BY_FIRST_WORDS: Record<string, readonly [RegExp, Known | null][]> = {
  npm: [
    [/^(test|t|tst|install-test|it|install-ci-test|cit)\b/, 'test'],
    [/^(run|run-script|rum|urn)\s/, null],
    [/^(start|restart|stop)\b/, 'run'],
    [/^/, 'packageManager'],
  ],
  pnpm: [
    [/^(test|t|tst)\b/, 'test'],
    [/^(start|restart)\b/, 'run'],
    [
      /^($|-|(install|i|add|remove|rm|update|up|upgrade|outdated|list|ls|why|audit|link|unlink|import|rebuild|prune|fetch|store|init|config|root|bin|patch|publish|pack|env|self-update|uninstall|un|deploy|setup|server|licenses|dedupe)\b)/,
      'packageManager',
    ],
  ],
  yarn: [
    [/^test\b/, 'test'],
    [/^start\b/, 'run'],
    [
      /^($|-|(install|add|remove|upgrade|up|outdated|list|why|audit|link|unlink|import|init|config|cache|global|info|pack|publish|set|plugin|dedupe|workspaces|version|versions|bin|autoclean|check|create|licenses|rebuild|patch)\b)/,
      'packageManager',
    ],
  ],
  bun: [
    [/^test\b/, 'test'],
    [/^build\b/, 'build'],
    [
      /^($|(install|i|add|a|remove|rm|update|outdated|link|unlink|pm|init|create|upgrade|publish|patch)\b)/,
      'packageManager',
    ],
    [/^run\s+\S*\.[cm]?[jt]sx?\b/, 'run'],
    [/^\S*\.[cm]?[jt]sx?\b/, 'run'],
  ],
  go: [
    [/^test\b/, 'test'],
    [/^(build|generate)\b/, 'build'],
    [/^run\b/, 'run'],
    [/^(get|mod|install|work)\b/, 'packageManager'],
  ],
  cargo: [
    [/^(\+\S+\s+)?(test|t|nextest|bench|tarpaulin)\b/, 'test'],
    [/^(\+\S+\s+)?(build|b|check|c|rustc|clean)\b/, 'build'],
    [/^(\+\S+\s+)?(run|r)\b/, 'run'],
    [
      /^(\+\S+\s+)?(add|install|update|remove|rm|fetch|uninstall|search|publish|new|init|tree|vendor)\b/,
      'packageManager',
    ],
  ],
  mvn: [
    [/(^|\s)(\S*:)?(test|verify|integration-test|surefire\S*)(\s|$)/, 'test'],
    [/(^|\s)(exec|spring-boot):/, 'run'],
    [/(^|\s)dependency:/, 'packageManager'],
    [/(^|\s)(package|compile|install|clean|deploy|test-compile|validate)\b/, 'build'],
  ],
  gradle: [
    [/(^|\s)(\S*:)?(test|check|\w*Test)(\s|$)/, 'test'],
    [/(^|\s)(\S*:)?(run|bootRun)(\s|$)/, 'run'],
    [/(^|\s)(\S*:)?(build|assemble|jar|classes|compile\w*|clean)(\s|$)/, 'build'],
    [/(^|\s)(\S*:)?dependencies(\s|$)/, 'packageManager'],
  ],
  make: [
    [/(^|\s)(test|tests|check|test[-_:]\S+|\S+[-_:]test)(\s|$)/, 'test'],
    [/(^|\s)(run|start|serve|dev)(\s|$)/, 'run'],
    [/^/, 'build'],
  ],
  dotnet: [
    [/^(test|vstest)\b/, 'test'],
    [/^(build|publish|msbuild|clean|pack)\b/, 'build'],
    [/^(run|watch|exec|\S+\.dll)\b/, 'run'],
    [/^(add|remove|restore|tool|new|nuget|workload|list)\b/, 'packageManager'],
  ],
  deno: [
    [/^(test|bench)\b/, 'test'],
    [/^(compile|bundle|check|cache)\b/, 'build'],
    [/^(install|add|remove|uninstall|outdated)\b/, 'packageManager'],
  ],
  uv: [[/^/, 'packageManager']],
  poetry: [
    [/^build\b/, 'build'],
    [/^/, 'packageManager'],
  ],
  pdm: [[/^/, 'packageManager']],
  rye: [
    [/^test\b/, 'test'],
    [/^/, 'packageManager'],
  ],
  hatch: [
    [/^test\b/, 'test'],
    [/^build\b/, 'build'],
    [/^/, 'packageManager'],
  ],
  bundle: [[/^/, 'packageManager']],
  rake: [
    [/^(test|spec|check)\b/, 'test'],
    [/^/, 'build'],
  ],
  rails: [[/^(test|spec)\b/, 'test']],
  mix: [
    [/^test\b/, 'test'],
    [/^(compile|release)\b/, 'build'],
    [/^run\b/, 'run'],
    [/^(deps|archive|hex|local)\b/, 'packageManager'],
  ],
  swift: [
    [/^test\b/, 'test'],
    [/^build\b/, 'build'],
    [/^(package)\b/, 'packageManager'],
    [/^/, 'run'],
  ],
  flutter: [
    [/^test\b/, 'test'],
    [/^build\b/, 'build'],
    [/^run\b/, 'run'],
    [/^(pub|upgrade)\b/, 'packageManager'],
  ],
  dart: [
    [/^test\b/, 'test'],
    [/^compile\b/, 'build'],
    [/^pub\b/, 'packageManager'],
  ],
  zig: [
    [/^(test|build\s+test)\b/, 'test'],
    [/^build\b/, 'build'],
    [/^run\b/, 'run'],
  ],
  sbt: [
    [/(^|\s)(\S*\/)?test\S*(\s|$)/, 'test'],
    [/(^|\s)(\S*\/)?run(\s|$)/, 'run'],
    [/^/, 'build'],
  ],
  stack: [
    [/^test\b/, 'test'],
    [/^(run|exec|runghc|ghci)\b/, 'run'],
    [/^/, 'build'],
  ],
  cabal: [
    [/^(v\d-)?test\b/, 'test'],
    [/^(v\d-)?(run|exec|repl)\b/, 'run'],
    [/^(v\d-)?(install|update|get)\b/, 'packageManager'],
    [/^/, 'build'],
  ],
  bazel: [
    [/^test\b/, 'test'],
    [/^run\b/, 'run'],
  ],
  lein: [
    [/^(test|midje)\b/, 'test'],
    [/^(run|repl)\b/, 'run'],
    [/^deps\b/, 'packageManager'],
    [/^/, 'build'],
  ],
  ng: [
    [/^(test|t|e2e)\b/, 'test'],
    [/^(build|b)\b/, 'build'],
    [/^(serve|s)\b/, 'run'],
    [/^add\b/, 'packageManager'],
  ],
  next: [
    [/^build\b/, 'build'],
    [/^/, 'run'],
  ],
  vite: [
    [/^build\b/, 'build'],
    [/^/, 'run'],
  ],
  playwright: [
    [/^test\b/, 'test'],
    [/^install\b/, 'packageManager'],
  ],
  'react-scripts': [
    [/^test\b/, 'test'],
    [/^build\b/, 'build'],
    [/^start\b/, 'run'],
  ],
  docker: [
    [/^(build|buildx)\b/, 'build'],
    [/^/, 'run'],
  ],
  'docker-compose': [
    [/^build\b/, 'build'],
    [/^/, 'run'],
  ],
  nx: [[/(^|[\s:])(test|e2e)(\s|$)/, 'test']],
  turbo: [[/(^|\s)(test|e2e)(\s|$)/, 'test']],
  composer: [[/^(run(-script)?\s+)?test\b/, 'test']],
  just: [[/^test\b/, 'test']],
  task: [[/^test\b/, 'test']],
  '-m pytest': [[/^/, 'test']],
  '-m unittest': [[/^/, 'test']],
  '-m doctest': [[/^/, 'test']],
  '-m nose': [[/^/, 'test']],
  '-m nose2': [[/^/, 'test']],
  '-m coverage': [[/^/, 'test']],
  '-m tox': [[/^/, 'test']],
  '-m behave': [[/^/, 'test']],
  '-m pip': [[/^/, 'packageManager']],
  '-m venv': [[/^/, 'packageManager']],
  '-m virtualenv': [[/^/, 'packageManager']],
  '-m ensurepip': [[/^/, 'packageManager']],
  '-m build': [[/^/, 'build']],
  '-m compileall': [[/^/, 'build']],
  '-m py_compile': [[/^/, 'build']],
}
export const ALIASES: Record<string, string> = {
  gmake: 'make',
  mvnw: 'mvn',
  gradlew: 'gradle',
  nodejs: 'node',
  bundler: 'bundle',
}

/** Scripts of package.json, told by their names. */
export const SCRIPT_NAMES: readonly [RegExp, Known][] = [
  [/(^|[:_.-])(tests?|spec|specs|e2e|unit|jest|vitest|mocha|coverage|cypress|playwright)([:_.-]|$)/, 'test'],
  [/(^|[:_.-])(build|compile|bundle|tsc|types|typecheck|transpile|dist)([:_.-]|$)/, 'build'],
]

/** A test file that is run by itself. */
export const TEST_FILE =
  /(^|[/\\])(test_[^/\\]*\.py|[^/\\]*_test\.(py|go|rb)|[^/\\]*[._-](test|spec)\.[cm]?[jt]sx?|[^/\\]*_spec\.rb)$/

export const TOOL_FLAGS_WITH_VALUE = [
  '-C',
  '-F',
  '-w',
  '-f',
  '--prefix',
  '--cwd',
  '--dir',
  '--filter',
  '--workspace',
  '--manifest-path',
]
export const SCRIPT_RUNNERS = set('npm pnpm yarn bun')

export const RUNS_FILES = set('python python2 python3 pypy pypy3 py node ts-node tsx deno ruby bash sh')

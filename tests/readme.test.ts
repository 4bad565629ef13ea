import { existsSync, readdirSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createSessionService } from '../client-sdk/src/service.js'
import { SECRETS } from '../db/settings.js'
import { DATA_SCHEMAS } from '../protocol/event-schemas.js'
import { isCheckpoint } from '../protocol/event-types.js'
import { createSessionBody, sessionStatsView, sessionView } from '../protocol/http/index.js'
import { LIMITS } from '../protocol/limits.js'
import { serverSettingsShape } from '../server/settings.js'
import { workerSettingsShape } from '../workers/settings.js'
import { codeIn, filesEndingIn, quotedIn, ROOT, readText, sectionOf, tableIn } from './support/documents.js'

const readme = readText('README.md')
const unquoted = (cell = '') => cell.replaceAll('`', '')

describe('README.md', () => {
  const settings = tableIn(sectionOf(readme, '## Configure')).map(([name, readBy, fallback]) => ({
    name: unquoted(name),
    readBy: unquoted(readBy),
    fallback: unquoted(fallback),
  }))

  test('every setting is documented, and nothing else', () => {
    const start = [...readText('scripts/bare/settings.mjs').matchAll(/(?:given|port|url)\(\s*'([A-Z_]+)'/g)]
    const readBy = (name: string) => [
      ...(name in serverSettingsShape && name in workerSettingsShape
        ? ['all']
        : name in serverSettingsShape
          ? ['server']
          : name in workerSettingsShape
            ? ['worker']
            : []),
      ...(start.some(([, given]) => given === name) ? ['npm start'] : []),
    ]
    const names = new Set([
      ...Object.keys({ ...serverSettingsShape, ...workerSettingsShape }),
      ...start.map(([, name = '']) => name),
    ])
    expect(settings.map(({ name, readBy }) => [name, readBy]).sort()).toEqual(
      [...names].sort().map((name) => [name, readBy(name).join(', ')]),
    )
  })

  test('defaults are those of the code', () => {
    const shape: z.ZodRawShape = { ...serverSettingsShape, ...workerSettingsShape }
    for (const { name, fallback } of settings) {
      const schema = shape[name]
      if (schema === undefined) continue
      const parsed = z.safeParse(schema, undefined)
      const shown = parsed.data === undefined ? '–' : String(parsed.data)
      // A text of sentences is where it is set.
      expect(fallback, name).toBe(!parsed.success ? 'required' : shown.length > 60 ? 'its own' : shown)
    }
    expect(settings.find(({ name }) => name === 'DATA_DIR')?.fallback).toBe('.data')
    expect(readText('scripts/bare/settings.mjs')).toContain("given('DATA_DIR') ?? join(root, '.data')")
  })

  test('every npm script is listed, and every command names one', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
    const named = (text: string) =>
      [...text.matchAll(/npm (?:run )?([a-z][\w:-]*)/g)]
        .map(([, name = '']) => name)
        .filter((name) => !['ci', 'pack', 'install'].includes(name))
    const listed = tableIn(sectionOf(readme, '## Run it')).flatMap(([command = '']) => named(command))
    expect(listed.sort()).toEqual(Object.keys(scripts).sort())
    const commands = codeIn(readme, 'sh').join('\n')
    expect(named(commands).length).toBeGreaterThan(2)
    for (const name of named(commands)) expect(scripts).toHaveProperty(name)
  })

  test('what the commands run is there', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
    for (const command of Object.values(scripts)) {
      const file = /^node (\S+)/.exec(command)?.[1]
      if (file !== undefined) expect(existsSync(`${ROOT}${file}`), command).toBe(true)
    }
  })

  test('options of simulate that it shows exist', () => {
    const help = readText('scripts/simulate/options.ts')
    const simulate =
      codeIn(readme, 'sh')
        .join('\n')
        .match(/npm run simulate -- .*/g) ?? []
    for (const [option] of simulate.join(' ').matchAll(/--[a-z]+/g)) expect(help).toContain(option)
  })

  test('lists the folders, and who may import whom', () => {
    const rows = tableIn(sectionOf(readme, '## Folders')).map(([folder, , mayImport]) => ({
      folder: unquoted(folder).replace('/', ''),
      mayImport,
    }))
    const made = ['node_modules', 'dist']
    const folders = readdirSync(ROOT).filter(
      (name) =>
        !name.startsWith('.') &&
        !made.includes(name) &&
        statSync(`${ROOT}${name}`).isDirectory() &&
        readdirSync(`${ROOT}${name}`).length > 0,
    )
    expect(rows.map(({ folder }) => folder).sort()).toEqual(folders.sort())
    for (const { folder, mayImport } of rows) {
      if (mayImport?.startsWith('anything')) continue
      const rule = new RegExp(`^  '?${folder}'?: \\[(.*)\\],$`, 'm').exec(
        readText('scripts/bare/import-rules.mjs'),
      )?.[1]
      expect(mayImport, folder).toBe(rule?.replaceAll("'", '') || '–')
    }
  })

  test('its examples are those that are compiled and run', () => {
    const blocks = [...readme.matchAll(/^<!-- (tests\/readme\/\S+) -->\n```ts\n([\s\S]*?)^```$/gm)]
    expect(blocks).toHaveLength(codeIn(readme, 'ts').length)
    expect(blocks.length).toBeGreaterThan(0)
    for (const [, file = '', code] of blocks) {
      const { name, exports: exported } = JSON.parse(readText('client-sdk/package.json')) as {
        name: string
        exports: Record<string, string>
      }
      const published = readText(file).replace(/'\.\.\/\.\.\/client-sdk\/src\/(\w+)\.js'/, (_, entry) => {
        const subpath = entry === 'index' ? '' : `/${entry}`
        expect(exported).toHaveProperty([`.${subpath}`])
        return `'${name}${subpath}'`
      })
      expect(code).toBe(published)
    }
  })

  describe('in the place of a session service', () => {
    const section = sectionOf(readme, '## In the place of a session service of your own')
    const columns = (heading: string) => tableIn(sectionOf(section, heading))
    const service = createSessionService({ url: 'http://127.0.0.1', token: '' })

    test('each function of it is there, and what does it here exists', () => {
      const rows = columns('### Functions')
      expect(rows.map(([there]) => unquoted(there))).toEqual([
        'createSession',
        'recordEvent',
        'recordClaudeInteraction',
        'recordCodeSnapshot',
        'recordTestResult',
        'closeSession',
        'getSessionRecording',
        'getSessionStats',
      ])
      for (const [there, here = ''] of rows) {
        expect(quotedIn(here)).toContain(unquoted(there))
        for (const name of quotedIn(here)) expect(service, name).toHaveProperty(name, expect.any(Function))
      }
      // Its routes are held against the OpenAPI document in tests/readme/examples.service.test.ts.
    })

    test('each event of it is in the vocabulary, with its checkpoint', () => {
      const rows = columns('### Events').map(([type, checkpoint]) => [unquoted(type), checkpoint])
      const ofSeed = [
        'session_start',
        'terminal_input',
        'terminal_output',
        'file_write',
        'code_snapshot',
        'test_run_start',
        'test_result',
        'ai_interaction',
        'session_submit',
        'file_created',
        'file_deleted',
        'keystroke',
      ] // prettier-ignore
      expect(rows.map(([type]) => type).sort()).toEqual(ofSeed.sort())
      for (const [type = '', checkpoint] of rows) {
        expect(DATA_SCHEMAS).toHaveProperty(type)
        expect([type, checkpoint]).toEqual([type, isCheckpoint(type, {}, false) ? 'yes' : 'no'])
      }
    })

    test('each number of it is one of the statistics', () => {
      const paths = columns('### Numbers').flatMap(([, here = '']) => quotedIn(here))
      expect(paths).toHaveLength(24)
      for (const path of paths) {
        const found = path
          .split('.')
          .reduce<z.ZodType | undefined>(
            (schema, key) => (schema as z.ZodObject | undefined)?.shape?.[key] as z.ZodType | undefined,
            sessionStatsView,
          )
        expect(found, path).toBeDefined()
      }
    })

    test('each limitation of it has an answer that exists', () => {
      const rows = columns('### Known limitations')
      expect(rows).toHaveLength(4)
      for (const [there, here = ''] of rows) expect(quotedIn(here).length, there).toBeGreaterThan(0)
      expect(createSessionBody.shape).toHaveProperty('keystrokeSampling')
      expect(sessionView.shape.archive.shape).toHaveProperty('state')
    })

    test('secrets that may come from files are those of the code', () => {
      const [, list = ''] = /((?:`[A-Z_]+`[, and]*)+) may come \[from files\]/.exec(readme) ?? []
      expect(quotedIn(list).sort()).toEqual([...SECRETS].sort())
      // Whatever else is set and kept secret is a path already.
      const shape = { ...serverSettingsShape, ...workerSettingsShape }
      const secret = Object.keys(shape).filter((name) =>
        /SECRET|KEY|PASSWORD|TOKEN$|DATABASE_URL|REDIS_URL/.test(name),
      )
      expect(secret.filter((name) => !SECRETS.some((one) => one === name)).sort()).toEqual([
        'SIGNING_KEY_FILE',
      ])
    })

    test('settings that it names exist', () => {
      const names = quotedIn(readme).filter((quoted) => /^[A-Z]+(_[A-Z]+)+$/.test(quoted))
      const known = { ...serverSettingsShape, ...workerSettingsShape }
      const aws = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SHARED_CREDENTIALS_FILE']
      const others = [...aws, ...SECRETS.map((name) => `${name}_FILE`), 'DATA_DIR', 'TRY_LATER']
      expect(names.filter((name) => !(name in known) && !others.includes(name))).toEqual([])
    })
  })

  test('says the limits that are in force', () => {
    const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`
    expect(readme.replace(/\s+/g, ' ')).toContain(
      `${mebibytes(LIMITS.maxEventBytes)} an event, ${mebibytes(LIMITS.maxBatchBytes)} and ${LIMITS.maxBatchEvents} events a batch, ${LIMITS.maxInFlightBatches} batches in flight`,
    )
  })
})

describe('documents', () => {
  const pages = ['README.md', ...filesEndingIn(/\.md$/, 'docs')]
  const folders = readdirSync(ROOT).filter((name) => statSync(`${ROOT}${name}`).isDirectory())

  test.each(pages)('%s names no file of the project that is not there, and no broken link', (page) => {
    const text = readText(page)
    const missing = quotedIn(text).filter((quoted) => {
      const [folder] = quoted.split('/')
      const isPath = /^[\w.-]+(\/[\w.-]+)+\.\w+$/.test(quoted) && folders.includes(folder ?? '')
      return isPath && folder !== 'dist' && !existsSync(`${ROOT}${quoted}`)
    })
    const here = page.slice(0, page.lastIndexOf('/') + 1)
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : new URL(path, `file:///${here}`).pathname.slice(1)
      if (!existsSync(`${ROOT}${file}`)) missing.push(target)
      else if (anchor !== undefined && !anchorsOf(readText(file)).includes(anchor)) missing.push(target)
    }
    expect(missing).toEqual([])
  })

  test('compiled files that documents name have a source', () => {
    const compiled = pages.flatMap((page) => readText(page).match(/\bdist\/[\w/-]+\.js\b/g) ?? [])
    expect(compiled.length).toBeGreaterThan(2)
    for (const path of compiled) {
      expect(existsSync(`${ROOT}${path.replace(/^dist\/(run\/)?/, '').replace(/\.js$/, '.ts')}`), path).toBe(
        true,
      )
    }
  })

  test('each decision fits on a page and says context, decision, evidence and consequences', () => {
    const ours = filesEndingIn(/\.md$/, 'docs/decisions').filter((page) =>
      /^## Context$/m.test(readText(page)),
    )
    expect(ours.length).toBeGreaterThan(10)
    for (const page of ours) {
      const text = readText(page)
      expect(text.match(/^## .*/gm), page).toEqual([
        '## Context',
        '## Decision',
        '## Evidence',
        '## Consequences',
      ])
      expect(text.trimEnd().split('\n').length, page).toBeLessThanOrEqual(40)
    }
  })
})

/** As the usual renderers make them: lower case, marks dropped, blanks to hyphens. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

import { posix } from 'node:path'
import { StopError } from '../bare/stop-error.mjs'
import { mapSpecifiers } from './specifiers.mjs'

/**
 * The types that modules derive from schemas, written out: `type SessionView = z.infer<typeof sessionView>` becomes
 * `type SessionView = { id: string; … }`. The compiler does it: a constant whose type it has to infer is declared with
 * its type in full. What else such a module exports, the schemas themselves, is left out.
 *
 * @param {Readonly<Record<string, string>>} declared the declarations of all modules, by path from the root
 * @param {readonly string[]} modules those to be written out
 * @param {string} probeDir a folder, from the root, for files that the compiler is to be given
 * @param {(probes: Record<string, string>) => Promise<Record<string, string>>} declarationsOf
 * @returns {Promise<Record<string, string>>} their declarations
 */
export async function plainModules(declared, modules, probeDir, declarationsOf) {
  const probeOf = (/** @type {string} */ module) => `${probeDir}/${module}`
  const types = new Map(modules.map((module) => [module, typesIn(module, declared[module] ?? '')]))
  const written = await declarationsOf(
    Object.fromEntries(
      modules
        .filter((module) => types.get(module)?.length)
        .map((module) => [
          probeOf(module).replace(/\.d\.ts$/, '.ts'),
          probe(module, probeOf(module), types.get(module) ?? [], declared[module] ?? ''),
        ]),
    ),
  )
  return Object.fromEntries(
    modules.map((module) => {
      const text = mapSpecifiers(written[probeOf(module)] ?? 'export {}\n', (from) =>
        between(module, posix.join(posix.dirname(probeOf(module)), from)),
      )
      return [module, asTypes(text, types.get(module) ?? [])]
    }),
  )
}

/**
 * @typedef {object} NamedType
 * @property {string} name
 * @property {string} comment above it
 * @property {{ name: string, of: string } | null} parameter and the union of texts that it is one of
 */

/** @returns {NamedType[]} */
function typesIn(/** @type {string} */ module, /** @type {string} */ text) {
  const other = /^export (?:declare )?(?:interface|class|enum|function) \w+/m.exec(text)
  if (other)
    throw new StopError(`${module}: "${other[0]}" stands beside schemas; types of it can't be written out.`)
  return [...text.matchAll(TYPE)].map(({ groups = {} }) => {
    const { comment = '', name = '', rest = '' } = groups
    const parameter = PARAMETER.exec(rest)
    if (rest !== '' && !parameter)
      throw new StopError(`${module}: ${name}${rest} is more than can be written out.`)
    return {
      name,
      comment,
      parameter: parameter ? { name: parameter[1] ?? '', of: parameter[2] ?? '' } : null,
    }
  })
}

const TYPE = /^(?<comment>\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export type (?<name>\w+)(?<rest><.*?>)? =/gm
const PARAMETER = /^<(\w+) extends (\w+)>$/

/** A source of which the compiler infers all types of a module. A type with a parameter is asked for each it may have. */
function probe(
  /** @type {string} */ module,
  /** @type {string} */ path,
  /** @type {readonly NamedType[]} */ types,
  /** @type {string} */ text,
) {
  const imports = [...text.matchAll(/^import type \{.*\} from ['"]\..*$/gm)].map(([line]) =>
    mapSpecifiers(line, (from) => between(path, posix.join(posix.dirname(module), from))),
  )
  return [
    ...imports,
    `import type * as module from '${between(path, module)}'`,
    'declare function inferred<T>(): T',
    ...types.map(({ name, parameter }) =>
      parameter === null
        ? `export const ${name} = inferred<module.${name}>()`
        : `export const ${name} = inferred<{ [P in ${parameter.of}]: module.${name}<P> }>()`,
    ),
  ].join('\n')
}

function asTypes(/** @type {string} */ text, /** @type {readonly NamedType[]} */ types) {
  return types.reduce(
    (made, { name, comment, parameter }) =>
      made.replace(`export declare const ${name}: `, () =>
        parameter === null
          ? `${comment}export type ${name} = `
          : `${comment}export type ${name}<${parameter.name} extends keyof ${name}ByKey> = ${name}ByKey[${parameter.name}];\ntype ${name}ByKey = `,
      ),
    text,
  )
}

/** How a module names another one. */
function between(/** @type {string} */ from, /** @type {string} */ to) {
  const path = posix.relative(posix.dirname(from), to.replace(/\.d\.ts$/, '.js'))
  return path.startsWith('.') ? path : `./${path}`
}

import { join } from 'node:path'
import { lockWhenFree } from './lock.mjs'
import { install, staleness } from './packages.mjs'

/**
 * Takes the lock on node_modules and dist/, which `npm start` and `npm test` may want to change at once.
 * @param {string} root
 * @param {(text: string) => void} say
 * @returns {Promise<() => void>} releases it
 */
export const lockSetUp = (root, say) =>
  lockWhenFree(join(root, 'dist'), '.set-up', ({ pid }) =>
    say(`waiting for process ${pid}, which is setting up too`),
  )

/**
 * Installs the packages when those in node_modules are not those of package-lock.json.
 * @param {string} root
 * @param {(text: string) => void} say
 * @returns {Promise<string>} what was done
 */
export async function bringPackages(root, say) {
  const why = staleness(root)
  if (why === null) return 'up to date'
  say(`npm ci (${why})`)
  await install(root, process.env)
  const still = staleness(root)
  if (still !== null) throw new Error(`After npm ci: ${still}.`)
  return 'installed'
}

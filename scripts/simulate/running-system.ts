import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface RunningSystem {
  url: string
  /** Of the role service, for all sessions. */
  token: string
}

/** Says what is missing and what to do; shown to people as it is. */
export class NoSystem extends Error {
  override readonly name = 'NoSystem'
}

/**
 * Where the service is and how to be let in: as given, else as `npm start` left it in DATA_DIR.
 * @throws NoSystem
 */
export function findSystem(
  given: { url: string | null; token: string | null },
  env: NodeJS.ProcessEnv,
  projectRoot: string,
): RunningSystem {
  const dataDir = resolve(env.DATA_DIR?.trim() || join(projectRoot, '.data'))
  const url = given.url ?? startedUrl(dataDir)
  if (url === null) {
    throw new NoSystem(
      `No running system in ${dataDir}. Start one with \`npm start\` in another terminal, or name one with --url and --token.`,
    )
  }
  const token = given.token ?? readText(join(dataDir, 'service-token'))?.trim()
  if (!token) {
    throw new NoSystem(
      `No service token in ${dataDir}. Give one with --token, or start the system with \`npm start\`.`,
    )
  }
  return { url: url.replace(/\/+$/, ''), token }
}

function startedUrl(dataDir: string): string | null {
  const text = readText(join(dataDir, 'running.json'))
  if (text === null) return null
  try {
    const { url } = JSON.parse(text) as { url?: unknown }
    return typeof url === 'string' ? url : null
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

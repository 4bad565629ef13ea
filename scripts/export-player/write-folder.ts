import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FetchedArchive } from './fetch-archive.js'

const PLAYER_FOLDER = 'dist/player'
const ICON = 'web/public/favicon.svg'
const PAGE_FOLDER = 'scripts/export-player/page'

export interface Written {
  /** A file, or a folder with its slash. */
  name: string
  bytes: number
}

/**
 * Writes page, player and archive into a folder, which has its name only once it is whole. Throws where there is something
 * in it already.
 * @param projectRoot where the player was built
 */
export async function writeFolder(
  folder: string,
  { title, objects }: FetchedArchive,
  projectRoot: string,
): Promise<Written[]> {
  const before = await readdir(folder).catch(() => [])
  if (before.length > 0) throw new Error(`${folder} is not empty. Name another folder with --to.`)
  const unfinished = `${folder}.part`
  await rm(unfinished, { recursive: true, force: true })
  try {
    await mkdir(join(unfinished, 'session'), { recursive: true })
    await cp(join(projectRoot, PLAYER_FOLDER), join(unfinished, 'player'), { recursive: true })
    for (const name of ['page.js', 'page.css'])
      await cp(join(projectRoot, PAGE_FOLDER, name), join(unfinished, name))
    await cp(join(projectRoot, ICON), join(unfinished, 'favicon.svg'))
    const page = await readFile(join(projectRoot, PAGE_FOLDER, 'index.html'), 'utf8')
    await writeFile(join(unfinished, 'index.html'), titled(page, title ?? 'Recorded interview'))
    for (const [name, bytes] of objects) await writeFile(join(unfinished, 'session', name), bytes)
    await rm(folder, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
  return [
    ...(await Promise.all(
      ['index.html', 'page.css', 'page.js', 'favicon.svg'].map((name) => sized(folder, name)),
    )),
    await sizedFolder(folder, 'player'),
    ...[...objects].map(([name, bytes]) => ({ name: `session/${name}`, bytes: bytes.length })),
  ]
}

/** The page with its title in it, in words that can't be anything but text. */
export const titled = (page: string, title: string): string =>
  page.replaceAll('{{title}}', () => escaped(title))

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string)

const sized = async (folder: string, name: string): Promise<Written> => ({
  name,
  bytes: (await stat(join(folder, name))).size,
})

async function sizedFolder(folder: string, name: string): Promise<Written> {
  const files = await Promise.all(
    (await readdir(join(folder, name))).map((file) => sized(join(folder, name), file)),
  )
  return { name: `${name}/`, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

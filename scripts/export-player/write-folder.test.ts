import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { titled, writeFolder } from './write-folder.js'

test('a title is text and nothing else, whatever it holds', () => {
  expect(titled('<title>{{title}}</title><h1>{{title}}</h1>', `a < b & "c" $& '</title><script>`)).toBe(
    ['<title>', '</title><h1>', '</h1>'].join(
      'a &lt; b &amp; &quot;c&quot; $&amp; &#39;&lt;/title&gt;&lt;script&gt;',
    ),
  )
})

test('a folder with something in it is left as it is, and nothing half-written stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-folder-'))
  try {
    await writeFile(join(folder, 'mine.txt'), 'mine')
    const archive = { sessionId: 's', title: null, objects: new Map([['events.json.gz', Buffer.from('x')]]) }
    await expect(writeFolder(folder, archive, folder)).rejects.toThrow('is not empty')
    // No player was built there.
    await expect(writeFolder(join(folder, 'new'), archive, folder)).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['mine.txt'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

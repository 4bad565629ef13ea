import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** As a host of static files answers, with byte ranges or without, for the files of a folder. */
export function folderFetch(
  folderUrl: string,
  { takesRanges = true, asked = [] as string[] } = {},
): typeof fetch {
  return async (input, init) => {
    const url = String(input)
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '')
    asked.push(`${url.slice(folderUrl.length + 1)}${range ? ` ${range[1]}` : ''}`)
    const bytes = await readFile(fileURLToPath(url)).catch(() => null)
    if (bytes === null) return new Response(null, { status: 404 })
    if (!range || !takesRanges) return new Response(bytes, { status: 200 })
    if (Number(range[1]) >= bytes.length) return new Response(null, { status: 416 })
    return new Response(bytes.subarray(Number(range[1]), Number(range[2]) + 1), { status: 206 })
  }
}

import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../support/root.mjs'

const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Seeks</title>
<link rel="stylesheet" href="/page.css"><style>body { margin: 0 } .place { height: 100vh }</style></head>
<body><script type="module" src="/page.js"></script></body></html>`

/**
 * The page that seeks, with all players in it.
 * @param {string} folder where page.html and what it loads are written
 */
export async function bundlePage(folder) {
  const asciinema = join(ROOT, 'node_modules/asciinema-player/dist')
  const core = readdirSync(asciinema).find((name) => name.startsWith('core-'))
  await build({
    entryPoints: { page: join(ROOT, 'bench/replay-seek/page/page.mjs') },
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    loader: { '.woff2': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { 'asciinema-player-core': join(asciinema, String(core)) },
    logLevel: 'error',
  })
  await writeFile(join(folder, 'page.html'), HTML)
}

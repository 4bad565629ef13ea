import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export type EditorName = 'codemirror' | 'monaco'
export const EDITORS: readonly EditorName[] = ['codemirror', 'monaco']

const PAGES = fileURLToPath(new URL('../page/', import.meta.url))

/** Bundles the pages of these editors into a temporary folder, which the caller removes. */
export async function buildPages(editors: readonly EditorName[] = EDITORS): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-pages-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root: PAGES,
    build: {
      outDir: folder,
      minify: false,
      target: 'es2022',
      cssCodeSplit: false,
      rollupOptions: {
        input: Object.fromEntries(editors.map((editor) => [editor, join(PAGES, `${editor}.ts`)])),
        output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
      },
    },
  })
  for (const editor of editors) await writeFile(join(folder, `${editor}.html`), pageOf(editor))
  return folder
}

const pageOf = (editor: EditorName) => `<!doctype html>
<meta charset="utf-8" />
<title>Interview</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="/style.css" />
<body></body>
<script type="module" src="/${editor}.js"></script>
`

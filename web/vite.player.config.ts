import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/**
 * The player for other people's pages (docs/embedding.md), as a folder of files that refer to each other by relative
 * paths. Not in Vite's library mode: that would write the fonts into the script.
 */
export default defineConfig({
  root: path('.'),
  base: './',
  // Its package.json and its types.
  publicDir: path('player-package'),
  plugins: [react()],
  build: {
    outDir: path('../dist/player'),
    emptyOutDir: true,
    target: 'es2022',
    // The first that know light-dark(): what Vite writes for older ones counts only where a root sets its colour scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    // One style sheet, which each player links into its shadow root; no chunk may add its own to the page.
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { 'session-player': path('src/embed/session-player.ts'), react: path('src/embed/react.ts') },
      preserveEntrySignatures: 'strict',
      // The component runs in the React of whoever uses it, the player in its own.
      external: (id, importer) => id === 'react' && importer === path('src/embed/react.ts'),
      // All in one folder: the style sheet lies beside whichever file the code that links it ends up in.
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith('.css')) ? 'session-player.css' : '[name]-[hash][extname]',
      },
    },
  },
})

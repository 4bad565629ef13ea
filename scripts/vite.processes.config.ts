import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/**
 * Server and worker, each with the packages it uses in a few files: a process that has to find some thousand files first
 * is ready a second later (docs/decisions/bundled-processes.md).
 */
export default defineConfig({
  root: path('..'),
  publicDir: false,
  ssr: {
    noExternal: true,
    external: [
      // They find files of their own by where they lie.
      'pino',
      '@fastify/swagger-ui',
      '@bull-board/api',
      '@bull-board/api/bullMQAdapter',
      // What they have for bundlers has other exports than what they have for Node.js.
      '@xterm/addon-serialize',
      '@xterm/headless',
    ],
  },
  build: {
    ssr: true,
    outDir: path('../dist/run'),
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: { 'server/main': path('../server/main.ts'), 'workers/main': path('../workers/main.ts') },
      // As deep as dist/server/http: sources name files outside by their way from there (server/http/console.ts).
      output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
    },
  },
})

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** The console as static files. `npm run build` writes them where the server serves them from. */
export default defineConfig({
  root: path('.'),
  plugins: [react()],
  resolve: {
    alias: {
      // The demo tab imports the SDK by its name, as other people's pages do; here that is its sources.
      '@interviewlm/recorder-sdk': path('../client-sdk/src'),
    },
  },
  // The server puts a nonce of its own into each page it sends: server/http/console.ts.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: path('../dist/web-app'),
    emptyOutDir: true,
    target: 'es2022',
    // Fonts and icons stay files: the page's policy allows no data: fonts.
    assetsInlineLimit: 0,
    // The console, and the demo interview, which shares no more with it than what both import.
    rolldownOptions: { input: { console: path('index.html'), demo: path('demo.html') } },
    // The terminal and the editor are one lazy chunk each; the wall loads neither.
    chunkSizeWarningLimit: 700,
  },
  worker: {
    format: 'es',
    rolldownOptions: {
      // The server knows the worker that runs candidates' code by this name, and gives it a policy of its own.
      output: { entryFileNames: 'assets/[name]-[hash].js' },
    },
  },
  server: {
    // `npx vite web` beside a running server: CONSOLE_BACKEND=http://127.0.0.1:4700
    proxy: Object.fromEntries(
      ['/v1', '/socket.io'].map((prefix) => [
        prefix,
        { target: process.env.CONSOLE_BACKEND ?? 'http://127.0.0.1:4700', ws: prefix === '/socket.io' },
      ]),
    ),
  },
})

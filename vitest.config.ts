import { defineConfig } from 'vitest/config'

const MADE_ELSEWHERE = ['**/node_modules/**', '**/dist/**', '**/.data/**']
const SUFFIXES = ['service', 'fault', 'browser'] as const

/**
 * The kinds of tests, told apart by the file's name. `npm test` starts the servers they need and names them in
 * TEST_DATABASE_URL, TEST_PG_SOCKET_DIR, TEST_REDIS_URL, TEST_REDIS_SERVER, CHROMIUM_PATH and CHROMIUM_WITH_TABS_PATH;
 * run without it, the service, fault and browser tests need these set.
 */
export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['**/*.test.{ts,tsx}'],
        [...MADE_ELSEWHERE, ...SUFFIXES.map((suffix) => `**/*.${suffix}.test.*`)],
      ),
      project('browser', ['**/*.browser.test.{ts,tsx}']),
      project('service', ['**/*.service.test.{ts,tsx}']),
      project('fault', ['**/*.fault.test.{ts,tsx}']),
    ],
  },
})

function project(name: string, include: string[], exclude = MADE_ELSEWHERE) {
  return {
    test: {
      name,
      include,
      exclude,
      pool: 'forks' as const,
      // All but unit tests wait for servers, pages and clocks as much as they work: with three files at once, two
      // processors were half idle.
      maxWorkers: 5,
      // Bounds for broken code, not for slow machines.
      testTimeout: 180_000,
      hookTimeout: 180_000,
      teardownTimeout: 20_000,
      expect: { poll: { timeout: 30_000 } },
      // A test that passes at its second try has found something; it is not hidden.
      retry: 0,
      isolate: false,
    },
  }
}

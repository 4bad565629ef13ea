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
      project('unit', {
        include: ['**/*.test.{ts,tsx}'],
        exclude: [...MADE_ELSEWHERE, ...SUFFIXES.map((suffix) => `**/*.${suffix}.test.*`)],
        maxWorkers: 2,
        order: 0,
      }),
      // These wait for servers, pages and clocks as much as they work: with four of them at once, two processors were idle for a third
      // of the time.
      project('browser', { include: ['**/*.browser.test.{ts,tsx}'], maxWorkers: 5, order: 1 }),
      project('service', { include: ['**/*.service.test.{ts,tsx}'], maxWorkers: 5, order: 1 }),
      project('fault', { include: ['**/*.fault.test.{ts,tsx}'], maxWorkers: 5, order: 1 }),
    ],
  },
})

function project(
  name: string,
  options: { include: string[]; exclude?: string[]; maxWorkers: number; order: number },
) {
  return {
    test: {
      name,
      include: options.include,
      exclude: options.exclude ?? MADE_ELSEWHERE,
      pool: 'forks' as const,
      maxWorkers: options.maxWorkers,
      // Projects with different numbers of workers can't run at the same time.
      sequence: { groupOrder: options.order },
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

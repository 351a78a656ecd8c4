import { defineConfig } from 'vitest/config'

// As Node has them: not `module`, which packages mean for bundlers.
const conditions = ['@tsubo/source', 'node', 'import', 'default']

// These folders' tests need a process for each file: they replace the clock, measure memory, or overload what a process shares.
// Everywhere else a worker goes on with the next file: the compiler, zod and the runtime are loaded once and not 200 times.
const ofTheirOwn = ['cluster', 'monitor', 'protocol'].map((folder) => `test/${folder}/**/*.test.ts`)
// A fast test waits more than it reckons, for timeouts, sessions that end, processes that start: as many at once as there are
// cores would leave a machine of two a third idle.
const fast = { maxWorkers: 3 }
// Projects with other numbers of workers run one after the other.
const afterFast = { sequence: { groupOrder: 1 } }

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['test/support/zookeeper/global-setup.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 15_000,
    // Of thousands of tests with real processes and sockets one may meet a machine that is busy elsewhere, and the whole run
    // takes long: what fails twice is a fault.
    retry: process.env.CI ? 1 : 0,
    hookTimeout: 30_000,
    pool: 'forks',
    // The default, one less than there are cores, leaves a machine of two half idle.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...fast,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', 'test/java/**', 'test/browser/**', ...ofTheirOwn],
          isolate: false,
        },
      },
      { extends: true, test: { ...fast, name: 'fast-isolated', include: ofTheirOwn } },
      { extends: true, test: { ...afterFast, name: 'java', include: ['test/java/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: { ...afterFast, name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
})

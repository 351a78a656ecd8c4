import { defineConfig } from 'vitest/config'

// As Node has them: not `module`, which packages mean for bundlers.
const conditions = ['@tsubo/source', 'node', 'import', 'default']

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
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', 'test/java/**', 'test/browser/**'],
        },
      },
      { extends: true, test: { name: 'java', include: ['test/java/**/*.test.ts'], testTimeout: 30_000 } },
      { extends: true, test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
})

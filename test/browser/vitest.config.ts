import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@tsubo/source', 'node', 'import', 'module', 'default']

/** `npm run test:browser`: the console's pages as they are built, in a real Chromium, with the built-in ZooKeeper. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/browser/*.test.ts'],
    globalSetup: ['test/browser/global-setup.ts'],
    pool: 'forks',
    // What is told within a second can't be held to it beside another browser.
    maxWorkers: 1,
    // As the other lanes have it.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 40_000,
  },
})

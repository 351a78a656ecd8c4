import type { TestProject } from 'vitest/node'
import { chromiumAdvice, findChromium } from './chromium.js'

declare module 'vitest' {
  interface ProvidedContext {
    readonly chromium: string
  }
}

/** Finds a Chromium or says what to type. Without one there is nothing to test, and that is no success. */
export async function setup(project: TestProject): Promise<void> {
  const chromium = await findChromium((line) => console.error(line))
  if (!chromium) throw new Error(`no Chromium was found: ${chromiumAdvice}`)
  project.provide('chromium', chromium)
}

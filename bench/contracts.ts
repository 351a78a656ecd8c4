import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes `files` contracts of a service and `messages / files` messages each, as a large project has them: flavours, dates,
 * lists, optional and nested messages, an enum, imports between files, comments. The same every time.
 */
export function writeContracts(folder: string, files: number, messages: number): void {
  mkdirSync(folder, { recursive: true })
  const each = Math.ceil(messages / files)
  for (let i = 0; i < files; i++) writeFileSync(join(folder, `part-${i}.d.ts`), contractText(i, each))
}

/** The contract number `i`. With `more`, its first message has another property. */
export function contractText(i: number, messages: number, more = ''): string {
  // In groups of ten that share the first one's message: a project is no chain.
  const before = i - (i % 10)
  const fields = (n: number) => `
  /** What people read. */
  name: string
  count: int32
  created?: Date
  tags: string[]
  ${n === 0 ? (i === before ? 'own: boolean' : `other?: Part${before}Message0`) : `inner: Part${i}Message${n - 1}`}${n === 0 ? more : ''}`
  const declared = Array.from(
    { length: messages },
    (_, n) => `
/** Message ${n} of part ${i}. */
export interface Part${i}Message${n} {${fields(n)}
}
`,
  )
  const imported = i === before ? '' : `import type { Part${before}Message0 } from './part-${before}.js'\n`
  return `/**
 * Part ${i} of a large project.
 *
 * @package bench.part${i}
 */
import type { int32 } from 'tsubo/types'
${imported}
export interface Part${i}Service {
  /** @idempotent */
  find(filter: Part${i}Message0, limit?: int32): Promise<Part${i}Message${messages - 1}[]>
  save(value: Part${i}Message${messages - 1}): Promise<void>
}

export enum Part${i}State {
  Open = 'open',
  Closed = 'closed',
}
${declared.join('')}`
}

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { isJson } from '../../runtime/schema/json.js'
import { fromJson, toJson } from '../../runtime/schema/json-value.js'
import type { ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { anyValue } from '../codegen/any-value.js'
import { expectEqual } from '../support/equal.js'

/* Every type of every golden contract: to JSON and back without loss, and as the generated zod schemas read it. */
const golden = join(import.meta.dirname, '..', 'golden')
const files = readdirSync(golden, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
const load = async (file: string) => (await import(pathToFileURL(join(golden, file)).href)) as Record<string, unknown>

describe.each(files.filter((file) => file.endsWith('.schema.ts')).sort())('%s', (file) => {
  it('crosses without loss', async () => {
    const zod = files.includes(file.replace('.schema.ts', '.zod.ts'))
      ? await load(file.replace('.schema.ts', '.zod.ts'))
      : {}
    for (const schema of Object.values(await load(file)) as ServiceSchema[]) {
      for (const [name, declaration] of Object.entries(schema.types)) {
        if (declaration.kind === 'error') continue
        const type: Type = { kind: 'ref', name }
        const judge = zod[`${name.slice(name.lastIndexOf('.') + 1)}Json`] as z.ZodType | undefined
        fc.assert(
          fc.property(anyValue(schema.types, type), (value) => {
            const json = toJson(schema.types, type, value)
            expect(isJson(json)).toBe(true)
            expectEqual(fromJson(schema.types, type, json, 'value'), value)
            // zod keeps no key of that name.
            const read = JSON.stringify(json).includes('"__proto__"') ? undefined : judge?.safeParse(json)
            if (read?.success) expectEqual(read.data, value)
            // Any value may break a constraint, where there are some.
            else if (!file.startsWith('constraints/')) expect(read?.error).toBeUndefined()
          }),
          { numRuns: 60 },
        )
      }
    }
  })
})

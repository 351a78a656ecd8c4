import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { generate } from '../../generator/generate.js'
import { apply, changes } from '../../generator/output.js'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec } from '../../runtime/method.js'
import { compare, type Direction } from '../../runtime/schema/compare.js'
import { jsonText } from '../../runtime/schema/json.js'
import { readSchema } from '../../runtime/schema/read-schema.js'
import type { ServiceSchema } from '../../runtime/schema/schema.js'
import { type AnyContract, anyContract, contractText, Dice, evolved } from '../codegen/any-contract.js'
import { anyValue } from '../codegen/any-value.js'
import { bytesOf, readBack } from '../codegen/bytes.js'
import { toJson } from '../codegen/json-value.js'
import { loadProtos, protoJudge } from '../codegen/proto-judge.js'
import { lost, translated } from '../evolution/value.js'
import { root, runNode, tsc } from './child.js'
import { expectEqual } from './equal.js'
import { generatedModules } from './generated.js'

/*
 * 500 contracts that nobody thought of go through codegen in both printings, the strictest type check, a round trip, and one
 * step of evolution:
 * where compare() says that one age reads the other, it does, with the value that the numbers alone foretell.
 *
 * They come in two parts, a file each, so that two cores have work. RANDOM_SEED=<n> makes other ones, RANDOM_BATCHES=<n> fewer or
 * more than 10 times 50; a failure names its seed.
 */
const seed = Number(process.env.RANDOM_SEED ?? 20261122)
const parts = 2
const batches = Math.ceil(Number(process.env.RANDOM_BATCHES ?? 10) / parts)
const perBatch = 50
const values = 12
/** Through the other outputs, whose own tests try 1,000 a type. */
const fewer = 4

type Modules = Awaited<ReturnType<typeof generatedModules>>

interface Case {
  readonly name: string
  readonly step: string
}

/** The tests of one part, which begins with 0. */
export function testContracts(part: number): void {
  const folder = `${root}.docs-random-${process.pid}-${part}`
  /** Of each batch. */
  const cases: Case[][] = []

  beforeAll(() => {
    const dice = new Dice(seed + part)
    for (let b = 0; b < batches; b++) {
      const batch = join(folder, `batch${b}`)
      const idl = join(batch, 'idl')
      const contracts = Array.from({ length: perBatch }, (_, i): [string, AnyContract] => [
        `c${b * perBatch + i}`,
        anyContract(dice, b * perBatch + i),
      ])
      for (const [name, contract] of contracts) write(join(idl, `${name}.d.ts`), contractText(contract))
      apply(changes(generate(idl, { proto: true }), idl, join(batch, 'older'), join(batch, 'proto')))
      apply(changes(generate(idl, { codec: 'protobufjs' }), idl, join(batch, 'protobufjs')))
      cases[b] = contracts.map(([name, contract]) => {
        const { contract: next, step } = evolved(dice, contract)
        const path = join(idl, `${name}.d.ts`)
        write(path, `${readFileSync(path, 'utf8').split('\n', 1)[0]}\n${contractText(next)}`)
        return { name, step }
      })
      apply(changes(generate(idl, { zod: true }), idl, join(batch, 'newer')))
    }
  }, 600_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // At the same time: the compiler is a process of its own.
  describe.concurrent(`random contracts, seed ${seed}, part ${part + 1} of ${parts}`, () => {
    it('type-check under the strictest flags', { timeout: 900_000 }, async () => {
      const compilerOptions = {
        noUnusedLocals: true,
        noImplicitReturns: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
      }
      // One after the other: all at once they want more memory than a small machine has.
      for (let b = 0; b < batches; b++) {
        const path = join(folder, `tsconfig.${b}.json`)
        write(
          path,
          JSON.stringify({
            extends: '../tsconfig.json',
            compilerOptions,
            // The older ones differ by one step and would take as long again; the other printing differs in what it imports
            // and leaves out: one batch of a part shows it. zod's own types cost the compiler 250 MB a contract of this size: some of
            // them, all at once would want more memory than there is.
            include: [`batch${b}/newer`, ...(b === 0 ? ['batch0/protobufjs'] : [])],
            exclude: [`batch${b}/newer/*.zod.ts`],
            files: withZod(b),
          }),
        )
        const checked = await runNode([tsc[7], '-p', path], { timeoutMs: 300_000 })
        expect(checked.stdout).toBe('')
        expect(checked.code).toBe(0)
      }
    })

    it('cross without loss, and after a step as compare() says', { timeout: 900_000 }, async () => {
      const kept = { read: 0, refused: 0 }
      for (const [b, ofBatch] of cases.entries()) {
        // Between batches the compiler's next one may start.
        const modules = (name: string) => generatedModules(join(folder, `batch${b}`, name))
        const [olders, newers, judges] = [await modules('older'), await modules('newer'), await modules('protobufjs')]
        const protos = loadProtos(join(folder, `batch${b}`, 'proto'))
        for (const { name, step } of ofBatch) {
          const [older, newer, judge] = [side(olders, name), side(newers, name), side(judges, name)]
          const type = { kind: 'ref', name: `random.${name}.Q` } as const
          const broken = new Set(compare(older.schema, newer.schema).flatMap((change) => change.wire))
          const where = `${name} of part ${part + 1} (seed ${seed}): ${step}`
          for (const own of [older, newer]) {
            fc.assert(
              fc.property(anyValue(own.schema.types, type), (value) => {
                const bytes = bytesOf(own.shape, value)
                expectEqual(readBack(own.shape, bytes), value, where)
                // The same without generated code: from the schema as a stranger would send it.
                expectEqual(bytesOf(own.dynamic, value), bytes, where)
                expectEqual(readBack(own.dynamic, bytes), value, where)
              }),
              { numRuns: values, seed },
            )
          }
          fc.assert(
            fc.property(anyValue(older.schema.types, type), (value) => {
              const bytes = bytesOf(older.shape, value)
              expectEqual(bytesOf(judge.shape, value), bytes, where)
              expectEqual(readBack(judge.shape, bytes), value, where)
            }),
            { numRuns: values, seed },
          )
          const other = protoJudge(protos, older.schema.types, type.name)
          const { QJson: json } = newers(`${name}.zod`) as { QJson: z.ZodType }
          fc.assert(
            fc.property(anyValue(older.schema.types, type), (value) => {
              expectEqual(other.decode(bytesOf(older.shape, value)), other.plain(value), where)
              expectEqual(readBack(older.shape, other.encode(value)), value, where)
            }),
            { numRuns: fewer, seed },
          )
          fc.assert(
            fc.property(anyValue(newer.schema.types, type), (value) => {
              const text = jsonText(toJson(newer.schema.types, type, value)) as string
              // zod keeps no key of that name, and JSON.parse makes one.
              if (!text.includes('"__proto__"')) expectEqual(json.parse(JSON.parse(text)), value, where)
            }),
            { numRuns: fewer, seed },
          )
          const ways: [typeof older, typeof older, Direction][] = [
            [older, newer, 'new-reads-old'],
            [newer, older, 'old-reads-new'],
          ]
          for (const [from, to, direction] of ways) {
            fc.assert(
              fc.property(anyValue(from.schema.types, type), (value) => {
                const bytes = bytesOf(from.shape, value)
                if (broken.has(direction)) {
                  kept.refused++
                  try {
                    readBack(to.shape, bytes)
                  } catch (error) {
                    expect(error, where).toBeInstanceOf(RpcError)
                  }
                  return
                }
                const expected = translated(from.schema, type, to.schema, type, value)
                expect(expected, `${where}: compare() calls it compatible`).not.toBe(lost)
                expectEqual(readBack(to.shape, bytes), expected, where)
                kept.read++
              }),
              { numRuns: values, seed },
            )
          }
        }
      }
      // The steps are of both sorts: neither branch stayed untried.
      expect(kept.read).toBeGreaterThan(cases.flat().length)
      expect(kept.refused).toBeGreaterThan(cases.flat().length)
    })
  })
}

/** The zod schemas of one contract of each batch, of six of the first. */
function withZod(b: number): string[] {
  const first = b * perBatch
  return Array.from({ length: b === 0 ? 6 : 1 }, (_, i) => `batch${b}/newer/c${first + i}.zod.ts`)
}

function side(modules: Modules, name: string) {
  const { SSchema: schema } = modules(`${name}.schema`) as { SSchema: ServiceSchema }
  const { sCodecs } = modules(`${name}.codec`) as { sCodecs: () => MethodCodec[] }
  const codec = sCodecs()[schema.methods.findIndex((m) => m.name === 'echo')]
  if (!codec) throw new Error('no echo')
  const fetched = readSchema(JSON.parse(JSON.stringify(schema)))
  const method = fetched.methods.find((m) => m.name === 'echo')
  if (!method) throw new Error('no echo')
  return { schema, shape: codec.result, dynamic: dynamicMethod(fetched, method).result }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

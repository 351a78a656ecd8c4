import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContractError } from '../../generator/diagnostics.js'
import { generate } from '../../generator/generate.js'
import { root } from '../support/child.js'
import { findProtoc, protocAdvice } from '../support/protoc.js'

const golden = join(root, 'test/golden')
const accepted = readdirSync(golden).filter((name) => !existsSync(join(golden, name, 'expected.txt')))
const cases = [['idl', join(root, 'idl')], ...accepted.map((name) => [name, join(golden, name, 'idl')])] as [
  string,
  string,
][]

/** What libprotobuf-dev brings and protoc alone doesn't. */
const timestamp =
  'syntax = "proto3";\npackage google.protobuf;\nmessage Timestamp { int64 seconds = 1; int32 nanos = 2; }\n'

describe('protoc', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-protoc-'))
  const include = join(folder, 'include')
  let protoc: string | undefined

  beforeAll(async () => {
    mkdirSync(join(include, 'google/protobuf'), { recursive: true })
    writeFileSync(join(include, 'google/protobuf/timestamp.proto'), timestamp)
    protoc = await findProtoc((line) => process.stderr.write(`${line}\n`))
    if (!protoc && process.env.CI) throw new Error(`protoc: none found; ${protocAdvice}`)
  }, 400_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(cases)('accepts what is emitted for %s', async (name, idl) => {
    if (!protoc) {
      process.stderr.write(`protoc: none found, not run for ${name}; ${protocAdvice}\n`)
      return
    }
    const out = join(folder, name)
    const protos = emitted(idl)
    // The two contracts of this case can't be said in protobuf: each needs the other, in another package.
    if (name === 'several-files') return expect(protos).toBe('proto-circle')
    if (typeof protos === 'string') throw new Error(`refused: ${protos}`)
    expect(protos.size).toBeGreaterThan(0)
    for (const [path, text] of protos) {
      mkdirSync(dirname(join(out, path)), { recursive: true })
      writeFileSync(join(out, path), text)
    }
    const args = [`-I${out}`, `-I${include}`, '--descriptor_set_out=/dev/null', ...protos.keys()]
    const { stderr } = await promisify(execFile)(protoc, args)
    // Warnings too: an import that nothing uses, names that meet in JSON.
    expect(stderr).toBe('')
  })
})

function emitted(idl: string): ReadonlyMap<string, string> | string {
  try {
    return generate(idl, { proto: true }).protos ?? new Map()
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    return error.diagnostics.map((d) => d.code).join(', ')
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ContractError, formatDiagnostic } from '../../generator/diagnostics.js'
import { generate, type OutputOptions } from '../../generator/generate.js'

/**
 * One folder, one case: `idl/` goes in; what should come out is in `expected/`, or in `expected.txt` where the contracts
 * are refused. `options.json` says what to make besides TypeScript; `.proto` texts lie among the rest. After an intended change: `UPDATE_GOLDEN=1 npx vitest run test/codegen`, and read the diff.
 */
const golden = join(import.meta.dirname, '..', 'golden')

describe('a golden folder', () => {
  it.each(readdirSync(golden).sort())('%s', (name) => {
    const actual = run(join(golden, name, 'idl'), optionsOf(join(golden, name)))
    if (process.env.UPDATE_GOLDEN) update(join(golden, name), actual)
    expect(actual).toEqual(readExpected(join(golden, name)))
  })
})

/** The output by path, or the diagnostics as `expected.txt`. */
function run(idl: string, options: OutputOptions): Record<string, string> {
  try {
    const { files, lock, protos = [] } = generate(idl, options)
    return Object.fromEntries([...files, ...protos, ['tsubo.lock.json', lock]])
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    const textOf = (file: string) => readFileSync(join(idl, file), 'utf8')
    const shown = error.diagnostics.map((d) => `${formatDiagnostic(d, (file) => `idl/${file}`, textOf)}\n`)
    return { 'expected.txt': shown.join('\n') }
  }
}

function optionsOf(folder: string): OutputOptions {
  const path = join(folder, 'options.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as OutputOptions) : {}
}

function readExpected(folder: string): Record<string, string> {
  const refusal = join(folder, 'expected.txt')
  if (existsSync(refusal)) return { 'expected.txt': readFileSync(refusal, 'utf8') }
  const files = readdirSync(join(folder, 'expected'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|json|proto)$/.test(file))
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, 'expected', file), 'utf8')]))
}

function update(folder: string, actual: Record<string, string>): void {
  rmSync(join(folder, 'expected'), { recursive: true, force: true })
  rmSync(join(folder, 'expected.txt'), { force: true })
  for (const [file, text] of Object.entries(actual)) {
    const path = file === 'expected.txt' ? join(folder, file) : join(folder, 'expected', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

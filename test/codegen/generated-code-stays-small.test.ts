import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { transformSync } from 'esbuild'
import { expect, it } from 'vitest'
import { generate } from '../../generator/generate.js'

const fields = ['string', 'int32', 'Date', 'string[]', 'bigint', 'boolean', 'Uint8Array', 'number', 'decimal', 'Money']

/** A contract of `count` messages of five fields each, of every sort, no two messages alike. */
function contract(count: number): string {
  const messages = Array.from({ length: count }, (_, i) => {
    const lines = [0, 1, 2, 3, 4].map((n) => {
      const type = fields[(i * 3 + n * 7) % fields.length]
      return `  ${['name', 'amount', 'created', 'items', 'owner'][n]}${i}${n === 4 ? '?' : ''}: ${type}`
    })
    return `export interface Message${i} {\n${lines.join('\n')}\n}`
  })
  const service = 'export interface Service1 { ping(): void }'
  const money = 'export interface Money { amount: decimal }'
  return `import type { decimal, int32 } from 'tsubo/types'\n${[service, money, ...messages].join('\n')}\n`
}

/** Bytes of types and codecs, minified and compressed. */
function sizeOf(count: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-size-'))
  try {
    writeFileSync(join(folder, 'x.d.ts'), contract(count))
    const { files } = generate(folder)
    const text = ['x.ts', 'x.codec.ts'].map((file) => files.get(file) ?? '').join('\n')
    return gzipSync(
      transformSync(text.replace(/^import [^;]*? from '[^']*'$/gms, ''), { loader: 'ts', minify: true }).code,
    ).length
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('a message of five fields costs at most 1.5 kB, minified and gzipped, even where it is the only one', () => {
  const one = sizeOf(1) - sizeOf(0)
  const hundred = (sizeOf(100) - sizeOf(0)) / 100
  expect(one).toBeGreaterThan(50)
  expect(one).toBeLessThanOrEqual(1500)
  expect(hundred).toBeLessThanOrEqual(1500)
})

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
// Inside the repository, so that `tsubo` is found by its name.
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
const folder = mkdtempSync(join(root, 'node_modules/.cache/bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const unions = '../../../test/golden/unions/expected/u.js'

/** A value through real bytes and back. */
const calls = `
import { ProtobufReader, ProtobufWriter } from '../../../runtime/codec/protobuf.js'
import { unionsCodecs } from '${unions.replace('u.js', 'u.codec.js')}'
import { Kind, UnionsClient, UnionsSkeleton } from '${unions}'

const [, pay] = unionsCodecs()
const writer = new ProtobufWriter()
pay!.result.write(writer, { kind: 'voucher', codes: ['a', 'b'], rest: { kind: 'cash' } })
const bytes = writer.finish()
const value = pay!.result.read(new ProtobufReader().aim(Buffer.from(bytes), 0, bytes.length))
console.log(JSON.stringify([value, Kind.Opened, typeof UnionsClient, typeof UnionsSkeleton]))
`

const printed = '[{"kind":"voucher","codes":["a","b"],"rest":{"kind":"cash"}},"opened","function","function"]\n'

describe('generated code', () => {
  it('runs under tsx', async () => {
    const file = write('tsx.ts', calls)
    expect(await node('--conditions=@tsubo/source', '--import', 'tsx', file)).toBe(printed)
  })

  it('runs in plain Node once esbuild has bundled it', async () => {
    const file = join(folder, 'bundle.cjs')
    await bundle(calls, { format: 'cjs', outfile: file, write: true })
    expect(await node(file)).toBe(printed)
  })

  it.each([
    [`import { Kind } from '${unions}'; console.log(Kind.Opened)`, 300],
    [`import { SeatClass } from '../../../generated/ticket.js'; console.log(SeatClass.First)`, 400],
    [`import type { All } from '${unions}'; export const one: All | undefined = undefined`, 200],
  ])('leaves out of a bundle what it does not use: %s', async (code, most) => {
    const { outputFiles } = await bundle(code, { format: 'esm' })
    expect(outputFiles?.[0]?.text.length).toBeLessThan(most)
  })

  it('a client brings no skeleton along, and a skeleton no client', async () => {
    const client = await bundle(`export { UnionsClient } from '${unions}'`, { format: 'esm' })
    expect(client.outputFiles?.[0]?.text).not.toMatch(/UnionsSkeleton|skeletonBase/)
    const skeleton = await bundle(`export { UnionsSkeleton } from '${unions}'`, { format: 'esm' })
    expect(skeleton.outputFiles?.[0]?.text).not.toMatch(/UnionsClient|class Stub/)
    // The contract's text is for providers, and loaded when they are asked.
    expect(client.outputFiles?.[0]?.text).not.toContain('export interface Unions')
    expect(skeleton.outputFiles?.[0]?.text).toContain('export interface Unions')
  })
})

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

async function node(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout
}

function bundle(contents: string, options: BuildOptions) {
  return build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    conditions: ['@tsubo/source'],
    ...options,
  })
}

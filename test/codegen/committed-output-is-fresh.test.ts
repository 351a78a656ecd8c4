import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generate } from '../../generator/generate.js'

const root = join(import.meta.dirname, '..', '..')

it.each([
  ['idl', 'generated'],
  ['bench/idl', 'bench/generated'],
])('what codegen makes of %s stands in %s', (idl, out) => {
  const { files, lock } = generate(join(root, idl))
  const names = readdirSync(join(root, out), { recursive: true, encoding: 'utf8' })
  const found = names.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.ts'))
  expect(found.sort()).toEqual([...files.keys()].sort())
  for (const [name, text] of files) expect(readFileSync(join(root, out, name), 'utf8'), name).toBe(text)
  expect(readFileSync(join(root, idl, 'tsubo.lock.json'), 'utf8')).toBe(lock)
})

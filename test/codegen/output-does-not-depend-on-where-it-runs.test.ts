import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { withoutHeader } from '../../generator/owner.js'
import { root, runNode } from '../support/child.js'

const folder = mkdtempSync(join(tmpdir(), 'tsubo-determinism-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Properties that our templates, our model or Handlebars itself look for, put onto every object there is. (`types` is
 * not among them: TypeScript's compiler gives up over it, before anything is written.)
 */
const pollution = `
  for (const name of ['doc', 'single', 'service', 'message', 'error', 'enumeration', 'question', 'optional', 'readonly',
    'nested', 'packed', 'list', 'bare', 'args', 'item', 'errors', 'plain', 'draft', 'tuple', 'long', 'typeOnly', 'stream',
    'result', 'timeoutMs', 'removed', 'used', 'partials', 'helpers', 'noEscape', 'optionalResult', 'tags', 'fix', 'at', 'header', 'java']) {
    Object.defineProperty(Object.prototype, name, { value: 'POLLUTED', writable: true, configurable: true })
  }
`

const places: readonly [string, { cwd?: string; env?: Record<string, string> }, string[]][] = [
  ['here', {}, []],
  ['again, from another folder', { cwd: tmpdir() }, []],
  ['in Turkish, in Kathmandu', { env: { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' } }, []],
  ['with a polluted Object.prototype', {}, ['--import', `data:text/javascript,${encodeURIComponent(pollution)}`]],
]

describe('the output does not depend on where codegen runs', () => {
  it.each(places)('%s', async (name, { cwd = root, env = {} }, nodeArgs) => {
    const place = join(folder, name.replace(/\W/g, '-'))
    const idl = join(place, 'idl')
    const out = join(place, 'generated')
    cpSync(`${root}idl`, idl, { recursive: true })
    // A new project of the same name, numbering these contracts for the first time.
    rmSync(join(idl, 'tsubo.lock.json'))
    for (const file of readdirSync(idl, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.d.ts'))) {
      writeFileSync(join(idl, file), withoutHeader(readFileSync(join(idl, file), 'utf8')))
    }
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'tsubo' }))
    const command = [...nodeArgs, `${root}cli/tsubo.js`, 'codegen', '--idl', idl, '--out', out]
    const { code, stderr } = await runNode(command, { cwd, env })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(contents(out)).toEqual(contents(`${root}generated`))
    expect(readFileSync(join(idl, 'tsubo.lock.json'), 'utf8')).toBe(readFileSync(`${root}idl/tsubo.lock.json`, 'utf8'))
    expect(contents(idl)).toEqual(contents(`${root}idl`))
  })
})

function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(path, file), 'utf8')]))
}

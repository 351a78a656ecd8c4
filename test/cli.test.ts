import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type CommandTable, commands, main } from '../cli/main.js'
import { root, runNode, runTsubo } from './support/child.js'

const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }

describe('the tsubo command', () => {
  it('is executable as committed', () => {
    expect(statSync(`${root}cli/tsubo.js`).mode & 0o111).toBe(0o111)
  })

  it.each([[['--help']], [['-h']], [['help']], [[]]])('lists every command with its summary: %j', async (args) => {
    const { code, stdout, stderr } = await runTsubo(args)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    for (const [name, load] of Object.entries(commands)) {
      const { summary } = await load()
      expect(stdout).toContain(`  ${name}`)
      expect(stdout).toContain(summary)
      expect(summary).not.toContain('\n')
    }
  })

  it.each(['--version', '-v'])('says its version: %s', async (flag) => {
    expect(await runTsubo([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('works from any folder, and reads its sources there', async () => {
    expect(await runTsubo(['--help'], { cwd: tmpdir() })).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['codgen', 'tsubo: there is no command "codgen"; did you mean "codegen"?\n'],
    ['CODEGEN', 'tsubo: there is no command "CODEGEN"; did you mean "codegen"?\n'],
    ['fly', 'tsubo: there is no command "fly"; tsubo --help lists the commands\n'],
    ['toString', 'tsubo: there is no command "toString"; tsubo --help lists the commands\n'],
  ])('does not know %s', async (name, stderr) => {
    expect(await runTsubo([name])).toMatchObject({ code: 2, stdout: '', stderr })
  })

  it('makes the package import itself by name from its sources', async () => {
    // A module that is not part of the build, loaded the way commands are.
    const probe = `
      process.argv = ['node', 'tsubo', '--version']
      await import(${JSON.stringify(`${root}cli/tsubo.js`)})
      const own = await import(${JSON.stringify(`${root}generated/../runtime/codegen.ts`)})
      const byName = await import('tsubo/codegen')
      process.stdout.write(String(own.RpcError === byName.RpcError))
    `
    expect(await runNode(['--input-type=module', '--eval', probe])).toMatchObject({
      code: 0,
      stdout: `${version}\ntrue`,
      stderr: '',
    })
  })

  it('says what to install when an optional peer is missing', async () => {
    const hide = `data:text/javascript,${encodeURIComponent(`
      import Module from 'node:module'
      const resolve = Module._resolveFilename
      Module._resolveFilename = (request, ...more) => {
        if (request !== 'ts-morph') return resolve(request, ...more)
        throw Object.assign(new Error("Cannot find module 'ts-morph'\\nRequire stack: ..."), { code: 'MODULE_NOT_FOUND' })
      }
    `)}`
    const { code, stderr } = await runNode(['--import', hide, `${root}cli/tsubo.js`, 'codegen'])
    expect(stderr).toMatch(
      /^tsubo codegen needs ts-morph, which is not installed; run: npm install --save-dev ts-morph@[\d.]+\n$/,
    )
    expect(code).toBe(1)
  })
})

describe('a command that fails', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  async function failing(error: unknown): Promise<{ code: number; stderr: string }> {
    const table: CommandTable = { work: async () => ({ summary: 'works', run: () => Promise.reject(error) }) }
    let stderr = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text)
      return true
    })
    return { code: await main(['work'], table), stderr }
  }

  it('prints one line and where to learn more', async () => {
    expect(await failing(new Error('the disk is full\nand more'))).toEqual({
      code: 1,
      stderr: 'tsubo work: the disk is full\nTSUBO_DEBUG=1 shows where\n',
    })
  })

  it('shows the stack with TSUBO_DEBUG=1', async () => {
    vi.stubEnv('TSUBO_DEBUG', '1')
    const { stderr } = await failing(new Error('the disk is full'))
    expect(stderr).toContain('cli.test.ts')
  })

  it('treats an unknown option as wrong usage', async () => {
    const error = Object.assign(new TypeError("Unknown option '--frob'"), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
    expect(await failing(error)).toEqual({
      code: 2,
      stderr: "tsubo work: Unknown option '--frob'\ntsubo work --help shows what it takes\n",
    })
  })

  it('does not take a missing file of its own for a missing peer', async () => {
    const error = Object.assign(new Error("Cannot find module '/x/y.js'"), { code: 'ERR_MODULE_NOT_FOUND' })
    expect((await failing(error)).stderr).toContain("tsubo work: Cannot find module '/x/y.js'\n")
  })

  it('may throw what is no Error', async () => {
    expect((await failing('plain text')).stderr).toContain('tsubo work: plain text\n')
  })
})

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from '../../cli/watch.js'
import { ContractError } from '../../generator/diagnostics.js'
import { createGenerator, generate } from '../../generator/generate.js'
import { apply, changes } from '../../generator/output.js'

const ping = '/** @package a.b */\nexport interface Ping {\n  ping(text: string): Promise<string>\n}\n'
const pong = `/** @package a.c */
import type { Ball } from './ball.js'
export interface Pong { pong(ball: Ball): Promise<Ball> }
`
const ball = '/** @package a.d */\nexport interface Ball { colour: string }\n'

let folder = ''
const at = (file: string) => join(folder, file)
const write = (file: string, text: string) => {
  mkdirSync(dirname(at(file)), { recursive: true })
  writeFileSync(at(file), text)
}
/** Changes a contract and leaves its first line, which names the owner. */
const edit = (file: string, from: string | RegExp, to: string) =>
  write(file, readFileSync(at(file), 'utf8').replace(from, to))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsubo-watch-'))
  write('package.json', '{"name":"watched"}')
  write('idl/ping.d.ts', ping)
  write('idl/pong.d.ts', pong)
  write('idl/ball.d.ts', ball)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('codegen --watch', () => {
  const printed: string[] = []
  let stop = new AbortController()
  let ended: Promise<number> = Promise.resolve(0)

  beforeEach(() => {
    printed.length = 0
    stop = new AbortController()
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    ended = watch({ idl: at('idl'), out: at('generated'), zod: false, signal: stop.signal })
  })
  afterEach(async () => {
    stop.abort()
    expect(await ended).toBe(0)
    vi.restoreAllMocks()
  })

  const text = () => printed.join('')
  /** Waits for a line; later waits look only at what is printed after it. */
  async function line(pattern: RegExp): Promise<string> {
    await vi.waitFor(() => expect(text()).toMatch(pattern), { timeout: 10_000, interval: 20 })
    const found = pattern.exec(text())?.[0] ?? ''
    printed.length = 0
    return found
  }

  it('touches what changed and says so in one line', async () => {
    await line(/\d+ written, 0 unchanged, owner named in 3 contracts \(\d+ ms\)\nwatching .*idl; Ctrl-C ends it\n/)
    for (const file of readdirSync(at('generated'))) utimesSync(at(`generated/${file}`), 1, 1)
    edit('idl/ping.d.ts', 'ping(', 'pang(')
    await line(/: 5 written, \d+ unchanged \(\d+ ms\)\n/)
    const touched = readdirSync(at('generated')).filter((file) => statSync(at(`generated/${file}`)).mtimeMs > 1000)
    expect(touched.sort()).toEqual(['ping.codec.ts', 'ping.contract.ts', 'ping.schema.ts', 'ping.ts'])
    expect(readFileSync(at('generated/ping.ts'), 'utf8')).toContain('pang(')
    // What others reach through references follows: the schema of Pong holds Ball.
    edit('idl/ball.d.ts', 'colour: string', 'colour: string; size?: number')
    await line(/written, \d+ unchanged \(\d+ ms\)\n/)
    expect(readFileSync(at('generated/pong.schema.ts'), 'utf8')).toContain("'size'")
    // Saving without a change says nothing and touches nothing.
    const before = statSync(at('generated/ping.ts')).mtimeMs
    edit('idl/ping.d.ts', 'pang', 'pang')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(text()).toBe('')
    expect(statSync(at('generated/ping.ts')).mtimeMs).toBe(before)
  })

  it('survives contracts that are wrong, files and folders that go and come', async () => {
    await line(/watching/)
    edit('idl/ping.d.ts', 'text: string', 'text: strng')
    expect(await line(/idl\/ping\.d\.ts:4:14 unresolved-name[\s\S]*nothing was written \(\d+ ms\)\n/)).toContain(
      'did you mean "string"?',
    )
    expect(readFileSync(at('generated/ping.ts'), 'utf8')).toContain('text: string')
    rmSync(at('idl/ball.d.ts'))
    await line(/unresolved-import/)
    edit('idl/ping.d.ts', 'strng', 'string')
    write('idl/ball.d.ts', ball)
    await line(/written|unchanged \(/)
    rmSync(at('idl/ping.d.ts'))
    await line(/4 removed/)
    expect(existsSync(at('generated/ping.ts'))).toBe(false)
    renameSync(at('idl'), at('away'))
    await line(/there is no folder/)
    renameSync(at('away'), at('idl'))
    await line(/unchanged \(/)
    write('idl/more/deep/ping.d.ts', ping.replace('a.b', 'a.e'))
    await line(/5 written/)
    edit('idl/more/deep/ping.d.ts', 'ping(', 'pung(')
    await line(/5 written/)
    expect(readFileSync(at('generated/more/deep/ping.ts'), 'utf8')).toContain('pung(')
  })
})

describe('a round among many', () => {
  it('makes what a fresh run makes, byte for byte, whatever came before', () => {
    const next = createGenerator(at('idl'))
    const steps: (() => void)[] = [
      () => {},
      () => edit('idl/ball.d.ts', 'colour: string', 'colour: Colour'),
      () => edit('idl/ball.d.ts', /$/, "export enum Colour { Red = 'red', Blue = 'blue' }\n"),
      () => edit('idl/ping.d.ts', 'text: string', 'text: Missing'),
      () => edit('idl/ping.d.ts', 'Missing', 'string, more?: string[]'),
      () => edit('idl/ball.d.ts', "Red = 'red', ", ''),
      () => write('idl/new.d.ts', '/** @package a.n */\nexport interface value { reader?: string }\n'),
      () => edit('idl/pong.d.ts', 'pong(ball: Ball)', 'pong(ball: Ball, n?: bigint)'),
      () => rmSync(at('idl/new.d.ts')),
      () => write('idl/new.d.ts', '/** @package a.n */\nexport interface value { writer?: string }\n'),
      () => edit('idl/ball.d.ts', '@package a.d', '@package a.q'),
    ]
    hold(next, steps)
  })

  it('keeps what types brought about in files that did not change', () => {
    const page = 'export interface Page<T> { items: T[]; about: { at: number; more?: { first: T } } }\n'
    const imported = "import type { Ball, Page } from './ball.js'\n"
    const steps: (() => void)[] = [
      () => edit('idl/ball.d.ts', /$/, page),
      () => edit('idl/pong.d.ts', /import.*\n/, imported),
      () => edit('idl/pong.d.ts', 'Promise<Ball>', 'Promise<Page<Ball>>'),
      () => write('idl/rack.d.ts', `${imported}export interface Rack { all(): Promise<Page<Ball>> }\n`),
      // One of two that need an instance goes, then comes back, then needs another one.
      () => edit('idl/pong.d.ts', 'Page<Ball>', 'Ball'),
      () => edit('idl/rack.d.ts', 'all()', 'all(of: Page<Ball[]>)'),
      () => edit('idl/pong.d.ts', 'Promise<Ball>', 'Promise<Page<Ball>>'),
      () => edit('idl/rack.d.ts', 'Promise<Page<Ball>>', 'Promise<Page<string>>'),
      () => edit('idl/rack.d.ts', 'of: Page<Ball[]>', ''),
      // A name that something unchanged has already, and none any more.
      () => edit('idl/ball.d.ts', /$/, 'export interface Page_Ball { mine: string }\n'),
      () => edit('idl/ball.d.ts', 'Page_Ball { mine', 'Page_Bull { mine'),
      () => write('idl/clash.d.ts', '/** @package a.c */\nexport interface Pong_pong_result { x: { y: number } }\n'),
      () => edit('idl/pong.d.ts', 'Promise<Page<Ball>>', 'Promise<{ x: { z: number } }>'),
      () => rmSync(at('idl/clash.d.ts')),
      () => rmSync(at('idl/rack.d.ts')),
      () => edit('idl/ball.d.ts', 'items: T[]', 'items: readonly T[]'),
    ]
    hold(createGenerator(at('idl')), steps)
  })

  /** After each step the rounds' generator makes, or refuses, what a fresh one does. */
  function hold(next: () => ReturnType<typeof generate>, steps: readonly (() => void)[]): void {
    const outcome = (work: typeof next) => {
      try {
        return work()
      } catch (error) {
        if (error instanceof ContractError) return error.diagnostics
        throw error
      }
    }
    for (const step of steps) {
      step()
      const found = outcome(next)
      expect(found).toEqual(outcome(() => generate(at('idl'))))
      if ('lock' in found) apply(changes(found, at('idl'), at('generated')))
    }
  }
})

import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contractText, writeContracts } from './contracts.js'

/*
 * npm run bench:codegen [rounds]: codegen against `tsc --noEmit` on the same contracts, interleaved, medians.
 *
 *   cold       200 files with 1,000 messages, a process from start to end, into an empty folder: at most 1.5 times tsc;
 *              the first one of all also keeps what V8 made of the compiler, which the others find (generator/compiler.cjs)
 *   watch      one of the 200 files edited, from the save to the round's line: at most 0.2 times tsc
 *   small      this repository's own idl, cold: under 2 s
 *   checkout   the same as cold with the sources of this checkout, which tsx compiles on the way: no goal
 *
 * All but the last run the package as it is published, packed and unpacked here: what a user has.
 * Ends with exit code 1 where a goal is missed.
 */

const files = 200
const messages = 1000
const repetitions = Number(process.argv[2] ?? 5)
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tsubo-bench-codegen-'))
const [idl, out] = [join(folder, 'idl'), join(folder, 'generated')]
const [installed, checkout] = [join(folder, 'node_modules/tsubo/cli/tsubo.js'), `${root}cli/tsubo.js`]

interface Row {
  readonly tsc: number
  readonly cold: number
  readonly watch: number
  readonly small: number
  readonly checkout: number
}

try {
  prepare()
  const rows: Row[] = []
  for (let i = 0; i < repetitions; i++) {
    const tsc = await timed([`${root}node_modules/typescript/bin/tsc`, '-p', folder])
    const cold = await generated(installed, idl, out)
    const small = await generated(installed, join(folder, 'own/idl'), join(folder, 'own/out'))
    rows.push({ tsc, cold, watch: await watchRound(), small, checkout: await generated(checkout, idl, out) })
    const shown = Object.entries(rows[i] as Row).map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
    console.log(`${i + 1}/${repetitions}  ${shown.join('  ')}  (load ${loadavg()[0]?.toFixed(1)})`)
  }
  const median = (of: (row: Row) => number) => rows.map(of).sort((a, b) => a - b)[Math.floor(rows.length / 2)] as number
  const goals = [
    goal(
      'cold / tsc',
      median((row) => row.cold / row.tsc),
      1.5,
      '',
    ),
    goal(
      'watch / tsc',
      median((row) => row.watch / row.tsc),
      0.2,
      '',
    ),
    goal("this repository's idl, cold", median((row) => row.small) / 1000, 2, ' s'),
  ]
  console.log(
    `      ${'cold from a checkout / tsc'.padEnd(28)} ${median((row) => row.checkout / row.tsc).toFixed(2)}, no goal`,
  )
  console.log(`tsc --noEmit ${Math.round(median((row) => row.tsc))} ms on ${files} files, ${messages} messages`)
  process.exitCode = goals.every(Boolean) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function goal(name: string, value: number, most: number, unit: string): boolean {
  console.log(
    `${value <= most ? 'ok  ' : 'MISS'}  ${name.padEnd(28)} ${value.toFixed(2)}${unit}, at most ${most}${unit}`,
  )
  return value <= most
}

/** Milliseconds of one run into an empty folder. */
function generated(command: string, from: string, to: string): Promise<number> {
  rmSync(to, { recursive: true, force: true })
  return timed([command, 'codegen', '--idl', from, '--out', to])
}

/** Packs the package from a copy, so that no dist/ appears in the checkout, and installs it beside the contracts. */
function install(): void {
  const left = ['node_modules', '.git', 'dist', 'bench', 'test']
  const source = join(folder, 'source')
  cpSync(root, source, { recursive: true, filter: (from) => !left.includes(from.slice(root.length)) })
  symlinkSync(`${root}node_modules`, join(source, 'node_modules'))
  const packed = execFileSync('npm', ['pack', '--silent', '--json'], { cwd: source, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'tsubo'), { recursive: true })
  execFileSync('tar', ['-xzf', join(source, filename), '-C', join(modules, 'tsubo'), '--strip-components=1'])
  for (const name of readdirSync(`${root}node_modules`)) {
    if (!name.startsWith('.')) symlinkSync(`${root}node_modules/${name}`, join(modules, name))
  }
}

function prepare(): void {
  install()
  writeContracts(idl, files, messages)
  const types = [`${root}runtime/types.ts`]
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    module: 'esnext',
    moduleResolution: 'bundler',
    paths: { 'tsubo/types': types },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['idl'] }))
  // Codegen writes into a folder of contracts: of the repository's own, a copy gets it.
  cpSync(`${root}idl`, join(folder, 'own/idl'), { recursive: true })
}

/** Milliseconds from start to end of a process that has to succeed. */
function timed(args: readonly string[]): Promise<number> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${args.join(' ')} ended with ${code}`)),
    )
  })
}

/** Milliseconds from saving a file to the line that says its code is there; the median of five, after two to warm up. */
function watchRound(): Promise<number> {
  const child = spawn(process.execPath, [installed, 'codegen', '--watch', '--idl', idl, '--out', out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const times: number[] = []
  let began = 0
  return new Promise((resolve, reject) => {
    const edit = () => {
      const path = join(idl, 'part-7.d.ts')
      const owner = readFileSync(path, 'utf8').split('\n', 1)[0]
      const text = contractText(7, messages / files, `\n  extra${times.length}?: string`)
      began = performance.now()
      writeFileSync(path, `${owner}\n${text}`)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (began > 0 && text.includes(' written')) {
        times.push(performance.now() - began)
        if (times.length === 7) child.kill('SIGTERM')
        else setTimeout(edit, 400)
      } else if (text.includes('watching')) setTimeout(edit, 400)
    })
    child.once('error', reject)
    child.once('close', () => {
      const sorted = times.slice(2).sort((a, b) => a - b)
      const middle = sorted[Math.floor(sorted.length / 2)]
      if (middle === undefined) reject(new Error('the watcher ended too early'))
      else resolve(middle)
    })
  })
}

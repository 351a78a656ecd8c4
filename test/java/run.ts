import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { commonFlags, lines, loopback } from './support/lines.js'
import { directions, readRows } from './support/rows.js'

/**
 * `npm run test:java`: builds the applications with Maven, runs the tests with them, and writes test-java.json. Fails when
 * a test does, and when fewer rows than these ran in a direction of a line.
 */
const leastRows = 60

const folder = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

function version(command: string, ...args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const [line] = stripVTControlCharacters(`${stdout}${stderr}`).split('\n')
  return status === 0 ? line : undefined
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Offline where everything is there already; Maven itself tells what is missing. */
function build(): void {
  const began = performance.now()
  const goals = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/classpath']
  const maven = (...more: string[]) =>
    spawnSync('mvn', ['--batch-mode', '--quiet', ...more, ...goals], { cwd: folder, encoding: 'utf8' })
  if (maven('--offline').status === 0) {
    console.log(`built offline in ${seconds(began)}`)
    return
  }
  const { status, stdout, stderr } = maven()
  if (status !== 0) {
    fail(
      `Maven could not build test/java; it needs Maven Central or what it took from there before:\n${stdout}${stderr}`,
    )
  }
  console.log(`built in ${seconds(began)}; the next time it needs no network`)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
    child.once('error', () => resolve(1))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

const jdk = version('javac', '-version') && version('java', '-version')
const maven = version('mvn', '--version')
if (!jdk || !maven) {
  const missing = [jdk ? '' : 'a JDK (17 or newer)', maven ? '' : 'Maven'].filter(Boolean).join(' and ')
  fail(`npm run test:java needs ${missing}: install both (Debian: apt-get install default-jdk-headless maven)`)
}
console.log(`${jdk}; ${maven}`)
console.log(
  `every JVM: ${commonFlags.join(' ')} -Duser.home=<its own> -Ddubbo.protocol.port=<a free one> (environment: ${Object.entries(
    loopback,
  )
    .map((pair) => pair.join('='))
    .join(' ')})`,
)
for (const { name, flags } of lines) console.log(`Dubbo ${name}: ${flags.join(' ') || 'no further flags'}`)
build()

const temporary = mkdtempSync(join(tmpdir(), 'tsubo-java-rows-'))
const gathered = join(temporary, 'rows')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const code = await run(process.execPath, [vitest, 'run', '--project', 'java', ...process.argv.slice(2)], {
  TSUBO_JAVA_ROWS: gathered,
  TSUBO_REQUIRE_ZOOKEEPER: '1',
})
const rows = readRows(gathered)
rmSync(temporary, { recursive: true, force: true })
writeFileSync(join(root, 'test-java.json'), `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`)
let short = false
for (const { name } of lines) {
  for (const direction of directions) {
    const ran = rows.filter((row) => row.line === name && row.direction === direction)
    const ok = ran.filter((row) => row.ok).length
    console.log(`Dubbo ${name}, ${direction}: ${ok} of ${ran.length} rows are the same on both sides`)
    if (ran.length < leastRows) short = true
  }
}
if (short) fail(`fewer than ${leastRows} rows ran in a direction: see above`)
process.exit(code)

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type CodecResult, codecRows, judgedCodecs } from './codec-result.js'
import { byMedians } from './comparison.js'
import { judge } from './goals.js'
import { measure } from './measurement.js'
import { optionsOf } from './options.js'
import { pinned } from './pair.js'
import { peers } from './peers/all.js'
import { type Plan, planOf, usage } from './plan.js'
import { writeJson } from './row.js'
import { codecTable, goalTable, number, offTable, rateTable } from './table.js'

/** `npm run bench -- calls`: what calls, streams and codecs cost here and with the peers. */
export async function run(args: string[]): Promise<void> {
  const { values: options } = optionsOf(usage, {
    args,
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'string' },
      benches: { type: 'string' },
      repetitions: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) return console.log(usage)
  const { quick } = options
  const plan = planOf(options)

  const began = performance.now()
  await introduce(plan)
  const calls = plan.benches.some((bench) => bench !== 'codec')
  const { rows, compare, failed, repeated, disturbed, slowness } = calls
    ? await measure(plan, progress(plan))
    : {
        rows: [],
        compare: byMedians,
        failed: new Map<string, string>(),
        repeated: 0,
        disturbed: 0,
        slowness: undefined,
      }
  if (process.stderr.isTTY) process.stderr.write(`\r${' '.repeat(progressWidth + 8)}\r`)
  if (rows.length > 0) console.log(rateTable(rows, compare))
  const codecs = plan.benches.includes('codec') ? await measureCodecs(quick) : []
  if (codecs.length > 0) console.log(codecTable(codecs))
  const judgements = judge([...rows, ...judgedCodecs(codecs)], quick ? 0.6 : 1, compare)
  if (judgements.length > 0) console.log(goalTable(judgements, quick ? 'floor' : 'goal'))
  const off = offTable(rows, compare)
  if (off) console.log(off)
  console.log(
    `${Math.round((performance.now() - began) / 1000)} s; ${repeated} windows were disturbed by other processes and repeated, ${disturbed} stayed so`,
  )
  if (slowness) {
    const { counted, all } = slowness
    console.log(
      `the calmer half of the rounds counts: the cores took ${number(counted)} x the time of their best moment in it, ${number(all)} x in all`,
    )
  }
  if (options.json !== undefined) writeJson(options.json, [...rows, ...codecRows(codecs)])
  for (const [peer, message] of failed) console.error(`bench: ${peer} failed: ${message}`)
  // Being off excuses nothing: whoever is below a bound is below it.
  const missed = judgements.filter(({ verdict }) => verdict === 'missed').length
  if (missed > 0) console.error(`bench: ${missed} of these ratios miss their ${quick ? 'floor' : 'goal'}`)
  if (missed > 0 || failed.size > 0) process.exitCode = 1
}

/** Says what runs on what, so that a table can be judged without asking. */
async function introduce(plan: Plan): Promise<void> {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  console.log(
    `tsubo bench: Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpu}`,
  )
  for (const name of plan.peers) {
    const { packages, setup } = await peers[name]!()
    const installed = packages.map((one) => {
      const about = readFileSync(new URL(`../node_modules/${one}/package.json`, import.meta.url), 'utf8')
      return `${one} ${(JSON.parse(about) as { version: string }).version}`
    })
    console.log(`  ${name.padEnd(12)} ${[...installed, setup].join(', ')}`)
  }
  console.log(
    `server on core ${pinned ? '0, client on core 1' : '?, not pinned'}; ${plan.repetitions} repetitions in fresh processes, each warmed up for ${plan.warmUpMs / 1000} s\n`,
  )
}

const progressWidth = 28

/** On a terminal: what is being measured. */
function progress({ repetitions }: Plan): (repetition: number, step: string) => void {
  if (!process.stderr.isTTY) return () => {}
  return (repetition, step) => {
    process.stderr.write(`\r${repetition}/${repetitions} ${step.padEnd(progressWidth)}`)
  }
}

/** Runs a module that measures codecs in a process of its own. */
export function measureCodecs(quick: boolean, module = 'codec-process.js'): Promise<CodecResult[]> {
  const script = fileURLToPath(new URL(module, import.meta.url))
  const args = quick ? ['2', '6', '20'] : ['12', '50', '20']
  const node = [process.execPath, script, ...args]
  const [command = '', ...rest] = pinned ? ['taskset', '-c', '1', ...node] : node
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('message', (results) => resolve(results as CodecResult[]))
    child.once('exit', (code) => reject(new Error(`the codec process ended with ${code}`)))
    child.once('error', reject)
  })
}

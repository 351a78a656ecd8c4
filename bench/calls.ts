import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CodecResult } from './codec.js'
import { brokenPeers } from './goals.js'
import { measure, type Plan } from './measurement.js'
import { numberFrom, optionsOf, wrong } from './options.js'
import { pinned } from './pair.js'
import { dubboPeer, peers, rawCallsPeer } from './peers/all.js'
import type { Row } from './row.js'
import { codecTable, goalTable, rateTable } from './table.js'

const allBenches = ['small', 'medium', 'echo1m', 'stream', 'codec']
const quickPeers = ['tsubo', 'raw-batched', 'raw-each', 'grpc-js', 'fastify', 'moleculer', 'nest']

const comparedPeers = Object.keys(peers).filter((name) => name !== dubboPeer && name !== rawCallsPeer)

const usage = `npm run bench -- [calls] [options]
  --quick               a smoke test of under 2 minutes, against floors at 0.6 of the goals
  --peers <a,b>         of ${Object.keys(peers).join(' ')}
  --benches <a,b>       of ${allBenches.join(' ')}
  --repetitions <n>     fresh processes so many times; default 5, with --quick 2
  --json <file>         writes one row a measurement`

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
  const plan: Plan = {
    peers: chosen('--peers', options.peers, Object.keys(peers), quick ? quickPeers : comparedPeers),
    benches: chosen('--benches', options.benches, allBenches, quick ? ['small', 'medium'] : allBenches),
    inFlights: { small: [1, 64, 512], medium: quick ? [64] : [1, 64, 512], echo1m: [1, 4], stream: [1] },
    repetitions: numberFrom(1, '--repetitions', options.repetitions ?? (quick ? '2' : '5'), usage),
    warmUpMs: quick ? 2_000 : 10_000,
    benchWarmUpMs: quick ? 600 : 1_500,
    windowMs: quick ? 500 : 800,
    foreign: 0.06,
    tries: quick ? 2 : 3,
  }

  const began = performance.now()
  await introduce(plan)
  const calls = plan.benches.some((bench) => bench !== 'codec')
  const { rows, failed, repeated, disturbed } = calls
    ? await measure(plan, progress(plan))
    : { rows: [], failed: new Map<string, string>(), repeated: 0, disturbed: 0 }
  if (rows.length > 0) console.log(rateTable(rows))
  const codecs = plan.benches.includes('codec') ? await measureCodecs(quick) : []
  if (codecs.length > 0) console.log(codecTable(codecs))
  const { text, missed } = goalTable([...rows, ...judgedCodecs(codecs)], quick ? 0.6 : 1)
  if (text) console.log(text)
  console.log(
    `${Math.round((performance.now() - began) / 1000)} s; ${repeated} windows were disturbed by other processes and repeated, ${disturbed} stayed so`,
  )
  for (const line of brokenPeers(rows)) console.log(`broken peer? ${line}`)
  if (options.json !== undefined) {
    const written = [...rows, ...codecRows(codecs)]
    writeFileSync(options.json, `[\n${written.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`)
  }
  for (const [peer, message] of failed) console.error(`bench: ${peer} failed: ${message}`)
  if (missed > 0) console.error(`bench: ${missed} of these ratios are below their ${quick ? 'floor' : 'goal'}`)
  if (missed > 0 || failed.size > 0) process.exitCode = 1
}

function chosen(
  option: string,
  text: string | undefined,
  known: readonly string[],
  byDefault: readonly string[],
): readonly string[] {
  const asked = text?.split(',')
  const unknown = asked?.find((one) => !known.includes(one))
  if (unknown !== undefined) wrong(`${option}: there is no ${JSON.stringify(unknown)}, only ${known.join(' ')}`, usage)
  return asked ?? byDefault
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

/** On a terminal: who is being measured. */
function progress({ repetitions, peers }: Plan): (repetition: number, peer: string) => void {
  if (!process.stderr.isTTY) return () => {}
  return (repetition, peer) => {
    process.stderr.write(`\r${repetition}/${repetitions} ${peer.padEnd(12)}`)
    if (repetition === repetitions && peer === peers.at(-1)) process.stderr.write('\n')
  }
}

/** Runs a module that measures codecs in a process of its own. */
export function measureCodecs(quick: boolean, module = 'codec-process.js'): Promise<CodecResult[]> {
  const script = fileURLToPath(new URL(module, import.meta.url))
  const args = quick ? ['2', '5', '20'] : ['4', '9', '100']
  const node = [process.execPath, script, ...args]
  const [command = '', ...rest] = pinned ? ['taskset', '-c', '1', ...node] : node
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('message', (results) => resolve(results as CodecResult[]))
    child.once('exit', (code) => reject(new Error(`the codec process ended with ${code}`)))
    child.once('error', reject)
  })
}

/** A row for each codec as the goals know it: small and medium, in place and in fresh buffers. */
function judgedCodecs(results: readonly CodecResult[]): Row[] {
  return results.flatMap((result) => {
    const bench = `codec ${result.message}`
    const row = codecRow(bench, result.way, result.encodeNs + result.decodeNs)
    const fresh = { ...row, bench: `${bench}, fresh` }
    return result.way === 'tsubo' ? [result.fresh ? fresh : row] : [row, fresh]
  })
}

/** By the name of the peer that a codec belongs to. */
const codecPeers: Readonly<Record<string, string>> = { tsubo: 'tsubo', protobufjs: 'grpc-js', JSON: 'fastify' }

/** For `--json`: a "call" is one small and one medium message, each encoded and decoded, as the peer does it in calls. */
function codecRows(results: readonly CodecResult[]): Row[] {
  return Object.entries(codecPeers).flatMap(([way, peer]) => {
    const used = results.filter((result) => result.way === way && result.fresh === (way !== 'tsubo'))
    const ns = used.reduce((sum, { encodeNs, decodeNs }) => sum + encodeNs + decodeNs, 0)
    return used.length > 0 ? [codecRow('codec', peer, ns)] : []
  })
}

function codecRow(bench: string, peer: string, ns: number): Row {
  return {
    bench,
    peer,
    inFlight: 1,
    callsPerSecond: Math.round(1e9 / ns),
    p50Us: 0,
    p99Us: 0,
    clientCpuUsPerCall: Number((ns / 1000).toPrecision(5)),
    serverCpuUsPerCall: 0,
  }
}

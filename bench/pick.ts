import { writeFileSync } from 'node:fs'
import {
  type Balancer,
  Call,
  consistentHash,
  leastActive,
  Node,
  p2c,
  roundRobin,
  serviceKey,
  shortestResponse,
  sticky,
  weightedRandom,
} from 'tsubo'
import { optionsOf } from './options.js'
import { medianOf } from './row.js'

const usage = `npm run bench -- pick [options]
  --quick               fewer rounds
  --json <file>         writes { balancer, endpoints, nsPerPick } for each`

/** Constant or nearly so: among 10,000 a pick may cost at most 3 times one among 100. */
const bounded = ['weighted random', 'weighted round-robin', 'p2c']

const balancers: Readonly<Record<string, () => Balancer>> = {
  'weighted random': weightedRandom,
  'weighted round-robin': roundRobin,
  p2c,
  'consistent hash': consistentHash,
  'least active': leastActive,
  'shortest response': shortestResponse,
  'sticky p2c': () => sticky(p2c()),
}

export interface PickRow {
  readonly balancer: string
  readonly endpoints: number
  readonly nsPerPick: number
}

/** `npm run bench -- pick`: what a choice costs among 10 to 10,000 endpoints of different weights. */
export async function run(args: string[]): Promise<void> {
  const { values: options } = optionsOf(usage, {
    args,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) return console.log(usage)
  const rows: PickRow[] = []
  for (const [balancer, make] of Object.entries(balancers)) {
    for (const endpoints of [10, 100, 1000, 10_000]) {
      rows.push({ balancer, endpoints, nsPerPick: measure(make(), endpoints, options.quick ? 3 : 9) })
    }
  }
  console.log(table(rows))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`)
  for (const miss of aims(rows)) console.log(`above the aim: ${miss}`)
  const broken = misses(rows)
  for (const miss of broken) console.error(`missed: ${miss}`)
  if (broken.length > 0) process.exitCode = 1
}

/** A connection as the balancers see it: asked, for every pick, whether it is up. */
class Up {
  readonly address
  state = 'ready'

  constructor(address: Node['address']) {
    this.address = address
  }

  get available(): boolean {
    return this.state === 'ready' || this.state === 'connecting'
  }
}

function nodes(count: number): Node[] {
  return Array.from({ length: count }, (_, i) => {
    const address = { protocol: 'tsubo', host: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 20880 }
    const provider = {
      service,
      addresses: [address],
      weight: 50 + ((i * 7919) % 100),
      application: '',
      params: new Map(),
    }
    const node = new Node(provider, address, new Up(address) as unknown as Node['connection'])
    node.observe(5 + (i % 10), performance.now(), false)
    return node
  })
}

const service = serviceKey('bench.Service')
const schema = { name: 'find', params: [{ name: 'key', type: { kind: 'scalar', scalar: 'string' } }], tags: {} }
const method = { schema, index: 0, path: 'bench.Service/find' } as unknown as Call['method']
/** With 24 characters each, as a user's id. */
const calls = Array.from(
  { length: 1024 },
  (_, i) => new Call(method, service, [`user-${String(i).padStart(19, '0')}`], 1000),
)

/** Median over rounds of 20 ms or so; the calls under way move, as they do in life. */
function measure(balancer: Balancer, endpoints: number, rounds: number): number {
  const list = nodes(endpoints)
  const pick = balancer(list)
  let under: Node | undefined
  const round = (picks: number): number => {
    const began = performance.now()
    for (let i = 0; i < picks; i++) {
      const node = pick(calls[i & 1023] as Call) as Node
      if (under) under.pending--
      node.pending++
      under = node
    }
    return ((performance.now() - began) * 1e6) / picks
  }
  for (let warm = performance.now() + 150; performance.now() < warm; ) round(200)
  const picks = Math.max(200, Math.min(200_000, Math.round(2e7 / round(200))))
  return Number(medianOf(Array.from({ length: rounds }, () => round(picks))).toPrecision(3))
}

function misses(rows: readonly PickRow[]): string[] {
  const at = (balancer: string, endpoints: number) =>
    rows.find((row) => row.balancer === balancer && row.endpoints === endpoints)?.nsPerPick ?? Number.NaN
  return [
    ...bounded.flatMap((balancer) => {
      const [few, many] = [at(balancer, 100), at(balancer, 10_000)]
      return many <= 3 * few ? [] : [`${balancer}: ${many} ns among 10,000 is more than 3 times ${few} ns among 100`]
    }),
  ]
}

/** Beyond what a pick has to keep to, what it aims at. */
function aims(rows: readonly PickRow[]): string[] {
  return rows
    .filter(({ endpoints }) => endpoints === 10_000)
    .flatMap(({ balancer, nsPerPick }) => {
      const aim = balancer === 'consistent hash' ? 500 : bounded.includes(balancer) ? 100 : Number.POSITIVE_INFINITY
      return nsPerPick <= aim ? [] : [`${balancer} among 10,000: ${nsPerPick} ns, aimed at ${aim}`]
    })
}

function table(rows: readonly PickRow[]): string {
  const sizes = [...new Set(rows.map(({ endpoints }) => endpoints))]
  const names = [...new Set(rows.map(({ balancer }) => balancer))]
  const head = `ns a pick, among      ${sizes.map((size) => size.toLocaleString('en').padStart(8)).join('')}`
  const line = (name: string) =>
    name.padEnd(22) +
    rows
      .filter(({ balancer }) => balancer === name)
      .map(({ nsPerPick }) => String(nsPerPick).padStart(8))
      .join('')
  return [head, ...names.map(line)].join('\n')
}

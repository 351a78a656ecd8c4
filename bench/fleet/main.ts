import { writeFileSync } from 'node:fs'
import { leastActive, p2c, roundRobin, weightedRandom } from '../../runtime/index.js'
import { installVirtualClock } from '../../test/support/simulator/clock.js'
import { type FleetFigures, fleet } from '../../test/support/simulator/fleet.js'
import { numberFrom, optionsOf, wrong } from '../options.js'

const balancers = { random: weightedRandom, roundrobin: roundRobin, leastactive: leastActive, p2c }

const usage = `npm run bench -- fleet [options]

Consumers, each with a real client, and scripted providers in virtual time: as they are, with one provider in a hundred ten times
slower, with one in a hundred killed, with twice as much to do as all of them can. The same options, the same figures.

  --consumers <n>    default 10000
  --providers <n>    default 1000
  --seconds <n>      of virtual time, for each part; default 2
  --balancer <name>  ${Object.keys(balancers).join(', ')}; default random
  --json <file>      writes one row a part`

const { values } = optionsOf(usage, {
  options: {
    consumers: { type: 'string', default: '10000' },
    providers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '2' },
    balancer: { type: 'string', default: 'random' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const balancer = balancers[values.balancer as keyof typeof balancers]
if (values.help) console.log(usage)
else if (!balancer) wrong(`there is no balancer ${JSON.stringify(values.balancer)}`, usage)
else {
  const consumers = numberFrom(1, '--consumers', values.consumers, usage)
  const providers = numberFrom(1, '--providers', values.providers, usage)
  const seconds = numberFrom(0.001, '--seconds', values.seconds, usage)
  const figures = await fleet(installVirtualClock(5), {
    consumers,
    providers,
    seconds,
    client: { balancer: balancer() },
  })
  console.log(`${consumers} consumers, ${providers} providers, ${values.balancer}\n`)
  console.log('part          calls   succeed   more   p50 ms   p99 ms   busiest   goodput')
  for (const each of figures) console.log(row(each))
  if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`)
}

function row({ part, calls, succeeded, extra, p50, p99, busiest, goodput }: FleetFigures): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const columns: [string, number][] = [
    [String(calls), 8],
    [percent(succeeded), 10],
    [percent(extra), 9],
    [p50.toFixed(0), 7],
    [p99.toFixed(0), 9],
    [`${busiest.toFixed(2)} x`, 10],
    [percent(goodput), 10],
  ]
  return part.padEnd(9) + columns.map(([text, width]) => text.padStart(width)).join('')
}

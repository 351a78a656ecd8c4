import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findInstallation, type Installation, installAdvice } from '../../test/support/zookeeper/installation.js'
import { optionsOf, wrong } from '../options.js'
import { type Scenario, scenarios } from './scenarios.js'
import { Stage } from './stage.js'

/** What `--json` writes for each scenario. */
interface Result {
  readonly scenario: string
  readonly calls: number
  readonly failed: number
  /** From the end of the fault until every node is back and the consumer calls all providers from a fresh list; null: never. */
  readonly recoveryMs: number
}

const usage = `npm run bench -- chaos [scenario ...] [options]   without a name: all of them

Providers (three, where nothing else is said), a consumer with the full client and a real ZooKeeper, each a process of
its own. 2,000 calls a second in an open loop: a call that is not started on schedule (100 ms) counts as failed. Recovery
is timed from the end of the fault until every node is back and all providers are called from a fresh list.

${Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(20)} ${about}`)
  .join('\n')}

  --json <file>         writes one row a scenario: { scenario, calls, failed, recoveryMs }`

const { values: options, positionals: names } = optionsOf(usage, {
  options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  allowPositionals: true,
})
const unknown = names.find((name) => !Object.hasOwn(scenarios, name))
if (options.help) console.log(usage)
else if (unknown !== undefined) wrong(`there is no scenario ${JSON.stringify(unknown)}`, usage)
else {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  const installation = await findInstallation(true, (line) => console.error(line))
  if (installation?.kind !== 'java') {
    console.error(`chaos: there is no ZooKeeper here that may be killed; ${installAdvice}`)
    process.exitCode = 1
  } else {
    const chosen = names.length > 0 ? names : Object.keys(scenarios)
    const results: Result[] = []
    console.log(`${'scenario'.padEnd(20)}  ${'calls'.padStart(7)}  failed  recovery`)
    for (const name of chosen) results.push(await perform(name, scenarios[name] as Scenario, installation))
    if (options.json !== undefined) {
      writeFileSync(options.json, `[\n${results.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`)
    }
  }
}

async function perform(name: string, scenario: Scenario, installation: Installation): Promise<Result> {
  const stage = await Stage.open(installation, scenario)
  try {
    await sleep(1_500)
    let recoveryMs = Number.POSITIVE_INFINITY
    let missing: string | undefined
    try {
      recoveryMs = await scenario.run(stage)
    } catch (error) {
      missing = (error as Error).message
    }
    await sleep(1_500)
    const { calls, late, maxLateMs, errors, shed, ...outcome } = await stage.stop()
    const failed = outcome.failed + (scenario.sheds ? 0 : shed)
    console.log(
      `${name.padEnd(20)}  ${String(calls).padStart(7)}  ${String(failed).padStart(6)}  ${missing ? 'none' : `${String(recoveryMs).padStart(5)} ms`}`,
    )
    const mayFail = failed <= calls * (scenario.mayFail ?? 0)
    const mostMs = scenario.recoveryMs ?? 10_000
    const wrong = [
      ...(mayFail ? [] : errors),
      ...(late > 0 ? [`${late} calls were not started on schedule, the latest ${maxLateMs} ms behind`] : []),
      ...(missing ? [missing] : recoveryMs > mostMs ? [`recovery may take ${mostMs} ms`] : []),
    ]
    for (const { text, holds } of stage.figures) console.log(`  ${text}${holds ? '' : ', which misses the goal'}`)
    if (scenario.sheds) console.log(`  ${shed} calls were shed as resource_exhausted, which is no failure here`)
    for (const line of wrong) console.log(`  ${line}`)
    if (!mayFail || wrong.length > 0 || stage.figures.some(({ holds }) => !holds)) process.exitCode = 1
    return { scenario: name, calls, failed, recoveryMs }
  } finally {
    await stage.close()
  }
}

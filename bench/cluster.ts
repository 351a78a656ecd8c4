import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { numberFrom, optionsOf } from './options.js'
import { startClient } from './pair.js'

const usage = `npm run bench -- cluster [--seconds <n>]
  one server process and one client against two of each, on one port (node:cluster); small calls, 64 in flight a client
  --seconds  of each; default 3`

/** `npm run bench -- cluster`: what a second process of the server on the same port brings. */
export async function run(args: string[]): Promise<void> {
  const { values } = optionsOf(usage, {
    args,
    options: { seconds: { type: 'string', default: '3' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  if (values.help) return console.log(usage)
  const ms = numberFrom(0.1, '--seconds', values.seconds, usage) * 1000
  const one = await measure(1, ms)
  const two = await measure(2, ms)
  console.log(`1 server process, 1 client    ${Math.round(one).toLocaleString('en')} calls/s`)
  console.log(
    `2 server processes, 2 clients ${Math.round(two).toLocaleString('en')} calls/s, ${(two / one).toFixed(2)} x`,
  )
}

async function measure(processes: number, ms: number): Promise<number> {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('process.js', import.meta.url)), args: ['server', 'tsubo'] })
  const workers = Array.from({ length: processes }, () => cluster.fork())
  try {
    const ports = await Promise.all(
      workers.map(
        (worker) => new Promise<number>((resolve) => worker.once('message', (said) => resolve(said.message.port))),
      ),
    )
    // Each new connection goes to the next worker.
    const clients = await Promise.all(ports.map((port) => startClient('tsubo', port)))
    await Promise.all(clients.map((client) => client.run('small', 64, 2000)))
    const loads = await Promise.all(clients.map((client) => client.run('small', 64, ms)))
    await Promise.all(clients.map((client) => client.end()))
    return loads.reduce((sum, { calls, elapsedMs }) => sum + (calls / elapsedMs) * 1000, 0)
  } finally {
    for (const worker of workers) worker.process.kill('SIGKILL')
  }
}

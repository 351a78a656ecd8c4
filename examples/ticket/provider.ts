import { closeOnSignals, createServer, describeServer } from 'tsubo'
import { createOps } from 'tsubo/ops'
import { given, openOrEnd, readOptions, readPort } from './options.js'
import { Tickets } from './tickets.js'

/** The tutorial's provider-server: exports TicketService and registers it. */
const options = readOptions(
  'npm run -s provider -- [--registry <address>] [--port 20880]',
  {
    think: { type: 'string' },
    log: { type: 'boolean' },
    monitor: { type: 'string' },
    ops: { type: 'string' },
    'ops-host': { type: 'string' },
  },
  `  --think <ms>           how long search and book take; default 0
  --log                  print a line for every booking
  --monitor <ms>         tell the monitor of the registry what was counted, so often: 60000
  --ops <port>           probes, metrics and a switch (docs/operations.md); 0 takes a free port
  --ops-host <address>   what to bind for them; default 127.0.0.1
  TSUBO_OPS_TOKEN        variable: what whoever switches has to show`,
)
const { registry, port, host, advertise, group, version, think, log } = options

const tickets = new Tickets({
  thinkMs: Number(think ?? 0),
  booked: (request, { orderNumber }) =>
    log && console.log(`booked ${orderNumber} for ${request.reference ?? 'nobody'}`),
})
const opened = registry && openOrEnd('provider-server', registry)
const server = createServer({
  application: 'provider-server',
  services: [{ service: tickets, ...given({ group, version }) }],
  ...(options.monitor !== undefined && { monitor: { intervalMs: Number(options.monitor) } }),
})

try {
  // Dubbo's usual port, unless Dubbo's own variable names another.
  const at = port === undefined ? (process.env.DUBBO_PORT_TO_BIND ? undefined : 20880) : readPort(port)
  const ops = options.ops === undefined ? undefined : await openOps(readPort(options.ops, '--ops'))
  const running = await server.listen(given({ port: at, host, advertise, registry: opened }))
  closeOnSignals([running, opened, ops])
  await running.registered.catch((error: unknown) => {
    // Told to end before it was registered: it is doing so.
    if (running.ready) throw error
  })
  if (running.ready)
    console.log(
      `provider-server is ready at ${describeServer(running)}, ${opened ? `registered in ${opened.name}` : 'registered nowhere'}` +
        `${ops ? `; ops endpoint at ${ops.url}` : ''}`,
    )
} catch (error) {
  console.error(`provider-server: ${(error as Error).message}`)
  process.exit(1)
}

function openOps(port: number) {
  const ops = createOps({
    servers: [server],
    config: options,
    ...given({ token: process.env.TSUBO_OPS_TOKEN }),
  })
  return ops.listen({ port, ...given({ host: options['ops-host'] }) })
}

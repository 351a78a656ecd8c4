import { closeOnSignals, createServer, describeServer } from 'tsubo'
import { given, openOrEnd, readOptions, readPort } from './options.js'
import { Tickets } from './tickets.js'

/** The tutorial's provider-server: exports TicketService and registers it. */
const { registry, port, host, advertise, group, version, think, log } = readOptions(
  'npm run -s provider -- [--registry <address>] [--port 20880]',
  { think: { type: 'string' }, log: { type: 'boolean' } },
  `  --think <ms>           how long search and book take; default 0
  --log                  print a line for every booking`,
)

const tickets = new Tickets({
  thinkMs: Number(think ?? 0),
  booked: (request, { orderNumber }) =>
    log && console.log(`booked ${orderNumber} for ${request.reference ?? 'nobody'}`),
})
const opened = registry && openOrEnd('provider-server', registry)
const server = createServer({
  application: 'provider-server',
  services: [{ service: tickets, ...given({ group, version }) }],
})

try {
  // Dubbo's usual port, unless Dubbo's own variable names another.
  const at = port === undefined ? (process.env.DUBBO_PORT_TO_BIND ? undefined : 20880) : readPort(port)
  const running = await server.listen(given({ port: at, host, advertise, registry: opened }))
  closeOnSignals([running, opened])
  await running.registered.catch((error: unknown) => {
    // Told to end before it was registered: it is doing so.
    if (running.ready) throw error
  })
  if (running.ready)
    console.log(
      `provider-server is ready at ${describeServer(running)}, ${opened ? `registered in ${opened.name}` : 'registered nowhere'}`,
    )
} catch (error) {
  console.error(`provider-server: ${(error as Error).message}`)
  process.exit(1)
}

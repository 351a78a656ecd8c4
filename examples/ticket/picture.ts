import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient, createServer, openRegistry, type Registry, type RunningServer } from 'tsubo'
import { type Order, OrderServiceClient } from '../../generated/order.js'
import { SeatClass, TicketServiceClient } from '../../generated/ticket.js'
import { UserServiceClient, UserServiceSkeleton } from '../../generated/user.js'
import { Orders } from './orders.js'
import { Tickets } from './tickets.js'

export interface PictureOptions {
  /** Tell a monitor what is counted, so often; default: not. */
  readonly reportMs?: number
  /** Calls that are made a second, about; default 60. */
  readonly rate?: number
}

/** Applications that call each other, for a console to show. */
export interface Picture {
  readonly registry: Registry
  /** Those of TicketService, in the order of their weights: 100, 100, 50. */
  readonly ticketOffices: readonly RunningServer[]
  /** One more of them. */
  addTicketOffice(): Promise<RunningServer>
  close(): Promise<void>
}

/**
 * Ticket offices and shops, a service in front of them, and web, app and reports that call. Everything in this process, but over
 * sockets and through the registry, as if it were ten.
 */
export async function openPicture(address: string, options: PictureOptions = {}): Promise<Picture> {
  const { reportMs, rate = 60 } = options
  const registry = openRegistry(address)
  const monitor = reportMs === undefined ? {} : { monitor: { intervalMs: reportMs } }
  const servers: RunningServer[] = []
  const clients: Client[] = []
  const client = (application: string): Client => {
    const made = createClient({ registry, application, ...monitor })
    clients.push(made)
    return made
  }
  const ticketOffice = async (weight: number, thinkMs: number): Promise<RunningServer> => {
    const running = await createServer({
      application: 'ticket-office',
      services: [{ service: new Tickets({ thinkMs }), weight, params: { executes: '24' } }],
      ...monitor,
    }).listen({ registry, port: 0 })
    servers.push(running)
    return running
  }

  const ticketOffices = await Promise.all([ticketOffice(100, 3), ticketOffice(100, 5), ticketOffice(50, 9)])
  for (const thinkMs of [4, 6]) {
    const services = [{ service: new Orders({ thinkMs }), version: '1.0.0', params: { executes: '4' } }]
    servers.push(await createServer({ application: 'shop', services, ...monitor }).listen({ registry, port: 0 }))
  }
  const tickets = new TicketServiceClient(client('user-server'))
  class Users extends UserServiceSkeleton {
    buyTicket() {
      return tickets.getTicket()
    }
  }
  const users = createServer({ application: 'user-server', services: [new Users()], ...monitor })
  servers.push(await users.listen({ registry, port: 0 }))
  await Promise.all(servers.map(({ registered }) => registered))

  const traffic = startTraffic({ web: client('web'), app: client('app'), reports: client('reports') }, rate)
  return {
    registry,
    ticketOffices,
    async addTicketOffice() {
      const running = await ticketOffice(100, 4)
      await running.registered
      return running
    },
    async close() {
      await traffic.stop()
      await Promise.all(clients.map((each) => each.close()))
      await Promise.all(servers.map((each) => each.close()))
      await registry.close()
    },
  }
}

type Callers = Readonly<Record<'web' | 'app' | 'reports', Client>>

/** Calls all the time, a few of which fail as they should: sold out, not found. */
function startTraffic({ web, app, reports }: Callers, rate: number): { stop(): Promise<void> } {
  const calls: readonly (() => Promise<unknown>)[] = [
    () => new TicketServiceClient(web).search({ from: 'Beijing', to: 'Shanghai', classes: [] }),
    () => new OrderServiceClient(web, { version: '1.0.0' }).quote(order()),
    () => new TicketServiceClient(app).search({ from: 'Beijing', to: 'Shanghai', classes: [SeatClass.First] }),
    () => new UserServiceClient(app).buyTicket(),
    () => new OrderServiceClient(app, { version: '1.0.0' }).place(order()),
    () => new TicketServiceClient(reports).getTicket(),
    () => new TicketServiceClient(web).getTicket(),
    () => new TicketServiceClient(web).search({ from: 'Shanghai', to: 'Beijing', classes: [] }),
    () => new TicketServiceClient(app).cancel(1n),
  ]
  // The last one fails, and is rarely made.
  const often = calls.length - 1
  let stopped = false
  const open = new Set<Promise<unknown>>()
  const run = async (): Promise<void> => {
    for (let n = 0; !stopped; n++) {
      const call = n % 40 === 39 ? calls[often] : calls[n % often]
      const made: Promise<unknown> = (call?.() ?? Promise.resolve())
        .catch(() => undefined)
        .finally(() => open.delete(made))
      open.add(made)
      // More in the one half of a quarter of an hour than in the other, as traffic is.
      const wave = 1 + 0.4 * Math.sin((Date.now() / 450_000) * Math.PI)
      await sleep(1000 / (rate * wave))
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      await running
      await Promise.all(open)
    },
  }
}

function order(): Order {
  return {
    reference: BigInt(Date.now()),
    articles: new Map([
      ['tea', 2],
      ['teapot', 1],
    ]),
    payment: { kind: 'voucher', codes: ['SPRING'] },
    recipient: null,
    place: [31.23, 121.47],
    labels: new Set(['fragile']),
  }
}

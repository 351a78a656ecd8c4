import { closeOnSignals, createClient, createServer, describeServer, RpcError } from 'tsubo'
import { type Booking, OrderNotFound, SeatClass, SoldOut, TicketServiceClient } from '../../generated/ticket.js'
import { UserServiceClient } from '../../generated/user.js'
import { given, openOrEnd, readOptions, readPort } from './options.js'
import { Users } from './users.js'

/** The tutorial's consumer-server: finds TicketService in the registry and calls it. */
const { registry, port, host, advertise, group, version } = readOptions(
  'npm run -s consumer -- --registry <address>   (with --port it also offers UserService there, and stays)',
  {},
)

const opened = openOrEnd('consumer-server', registry ?? ['zookeeper://127.0.0.1:2181'])
const client = createClient({ registry: opened, application: 'consumer-server' })
const tickets = new TicketServiceClient(client, given({ group, version }))
const server = createServer({ application: 'consumer-server', services: [new Users(tickets)] })

try {
  // The tutorial's call. UserService runs in this process, so its client needs no socket; TicketService is elsewhere.
  await new UserServiceClient(server).buyTicket()
  await showTheRest()
  if (port === undefined) await end(0)
  else await serve(readPort(port))
} catch (error) {
  console.error(`consumer-server: ${error instanceof RpcError ? `${error.code}: ` : ''}${(error as Error).message}`)
  await end(1)
}

async function showTheRest(): Promise<void> {
  const { trains, more } = await tickets.search({
    from: 'Beijing',
    to: 'Shanghai',
    classes: [SeatClass.Second, SeatClass.Business],
    maxPrice: { amount: '2000.00', currency: 'CNY' },
    limit: 2,
  })
  for (const train of trains) {
    const offers = train.offers.map(
      ({ seatClass, price, seatsLeft }) => `${seatClass} ${price.amount} ${price.currency} (${seatsLeft} left)`,
    )
    console.log(`search   ${train.number} ${train.departure.toISOString()}  ${offers.join(', ')}`)
  }
  if (more) console.log('search   ... and more')

  const [train] = trains
  if (!train) return
  const booking = await tickets.book({
    train: train.number,
    seatClass: SeatClass.Second,
    passengers: [
      { name: '林喵', bornOn: new Date('1999-02-28') },
      { name: 'Ada', bornOn: new Date('1985-12-10'), photo: Uint8Array.of(0xff, 0xd8) },
    ],
    contact: { phone: '+86 10 5555 0100' },
  })
  console.log(
    `book     order ${booking.orderNumber}: ${seats(booking)}, ${booking.total.amount} ${booking.total.currency}`,
  )
  const refund = await tickets.cancel(booking.orderNumber, 'plans changed')
  console.log(`cancel   ${refund.amount} ${refund.currency} come back`)

  // Declared errors arrive as their own classes, fields typed.
  await tickets.cancel(booking.orderNumber).catch((error: unknown) => {
    if (!(error instanceof OrderNotFound)) throw error
    console.log(`cancel   OrderNotFound: ${error.message} (orderNumber is a ${typeof error.orderNumber})`)
  })
  const party = Array.from({ length: 5 }, (_, i) => ({ name: `guest ${i + 1}`, bornOn: new Date(0) }))
  await tickets
    .book({ train: train.number, seatClass: SeatClass.Business, passengers: party, contact: { phone: '110' } })
    .catch((error: unknown) => {
      if (!(error instanceof SoldOut)) throw error
      console.log(`book     SoldOut: ${error.message} (seatsLeft: ${error.seatsLeft})`)
    })
  for await (const { seatClass, seatsLeft } of tickets.watchSeats(train.number)) {
    console.log(`watch    ${train.number}: ${seatsLeft} left in ${seatClass}`)
  }
  await tickets.feedback(train.number, 5, 'on time')
  console.log('feedback sent; nobody waits for an answer')
}

function seats(booking: Booking): string {
  return booking.seats.map(({ passenger, coach, place }) => `${passenger} in coach ${coach} seat ${place}`).join(', ')
}

async function serve(at: number): Promise<void> {
  const running = await server.listen({ port: at, registry: opened, ...given({ host, advertise }) })
  await running.registered
  console.log(`consumer-server offers UserService at ${describeServer(running)}, registered in ${opened.name}`)
  closeOnSignals([running, client, opened])
}

async function end(code: number): Promise<void> {
  await client.close()
  await opened.close()
  process.exit(code)
}

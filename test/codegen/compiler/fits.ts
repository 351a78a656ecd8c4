/** What must compile: see `../the-compiler-holds-an-implementation-to-its-contract.test.ts`. */

import type { Call } from 'tsubo/codegen'
import {
  type BookRequest,
  type SearchResult,
  SeatClass,
  SoldOut,
  type TicketServiceClient,
  TicketServiceSkeleton,
} from '../../../generated/ticket.js'

class Tickets extends TicketServiceSkeleton {
  getTicket() {
    return 'good'
  }
  async search(): Promise<SearchResult> {
    return { trains: [], more: false }
  }
  book(request: BookRequest, call: Call): never {
    throw new SoldOut({ train: request.train, seatClass: SeatClass.First, seatsLeft: call.args.length })
  }
  cancel(orderNumber: bigint, reason: string | undefined) {
    return { amount: String(orderNumber), currency: reason ?? 'CNY' }
  }
  feedback() {}
  async *watchSeats(train: string) {
    yield { train, seatClass: 'second' as const, seatsLeft: 1, at: new Date() }
  }
}

export async function use(client: TicketServiceClient) {
  const word: string = await client.getTicket()
  const { orderNumber } = await client.book(
    { train: 'G1', seatClass: 'first', passengers: [], contact: { phone: '1' } },
    { timeoutMs: 5 },
  )
  const refund = await client.cancel(orderNumber)
  for await (const change of client.watchSeats('G1')) if (change.seatsLeft === 0) break
  return [word, refund.amount, new Tickets()]
}

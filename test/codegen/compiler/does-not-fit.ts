/** What must not compile: a line without an error is itself an error. */
import {
  type SearchFilter,
  SoldOut,
  type TicketServiceClient,
  TicketServiceSkeleton,
} from '../../../generated/ticket.js'
import { UserServiceSkeleton } from '../../../generated/user.js'

// @ts-expect-error a method is left out
export class LeftOut extends UserServiceSkeleton {}

export class WrongResult extends UserServiceSkeleton {
  // @ts-expect-error it returns text
  buyTicket() {
    return 5
  }
}

export class WrongPromise extends UserServiceSkeleton {
  // @ts-expect-error it returns text
  async buyTicket() {
    return { text: 'good' }
  }
}

export class TooMuch extends UserServiceSkeleton {
  // @ts-expect-error nobody passes a second argument
  buyTicket(_call: unknown, more: string) {
    return more
  }
}

export abstract class WrongParameter extends TicketServiceSkeleton {
  // @ts-expect-error an order number is a bigint
  override cancel(orderNumber: string) {
    return { amount: orderNumber, currency: '' }
  }
}

export async function wrong(client: TicketServiceClient, filter: SearchFilter) {
  // @ts-expect-error a number is no bigint
  await client.cancel(5)
  // @ts-expect-error the filter is missing
  await client.search()
  // @ts-expect-error there is no such method
  await client.find(filter)
  // @ts-expect-error left out means left out
  await client.search({ ...filter, limit: undefined })
  // @ts-expect-error no member of the enum
  await client.search({ ...filter, classes: ['third'] })
  // @ts-expect-error a stream is no promise
  await client.watchSeats('G1').then()
  // @ts-expect-error fields are required
  throw new SoldOut({ train: 'G1' })
}

import type { TicketServiceClient } from '../../generated/ticket.js'
import { UserServiceSkeleton } from '../../generated/user.js'

/** The tutorial's consumer: a service that itself calls the ticket service, as if it were local. */
export class Users extends UserServiceSkeleton {
  readonly #tickets: TicketServiceClient

  constructor(tickets: TicketServiceClient) {
    super()
    this.#tickets = tickets
  }

  async buyTicket() {
    const ticket = await this.#tickets.getTicket()
    console.log(`在注册中心拿==>${ticket}`)
    return ticket
  }
}

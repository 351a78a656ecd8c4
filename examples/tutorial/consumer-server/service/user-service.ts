import type { Start } from 'tsubo/serve'
import { TicketServiceClient } from '../../../../generated/ticket.js'
import { UserServiceSkeleton } from '../../../../generated/user.js'

/** The tutorial's consumer: a service that itself calls the provider, as if it were local. */
export class UserServiceImpl extends UserServiceSkeleton {
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

/** The container's client finds the provider in the registry; what is returned here is offered there. */
export const start: Start = ({ client, registered }) => {
  const users = new UserServiceImpl(new TicketServiceClient(client))
  // Once everything is up, the tutorial's call.
  void registered.then(() => users.buyTicket()).catch((error: Error) => console.error(error.message))
  return users
}

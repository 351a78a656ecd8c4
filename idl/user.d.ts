// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * The tutorial's consumer: a service that itself calls `TicketService`.
 *
 * @package com.miao.server
 */

/** Acts for one user. */
export interface UserService {
  /** Buys a ticket at whichever `TicketService` the registry knows, and returns what it said. */
  buyTicket(): Promise<string>
}

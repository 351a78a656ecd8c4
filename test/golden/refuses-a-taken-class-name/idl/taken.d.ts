export interface Ticket {
  call(value: TicketClient): Promise<void>
}

export interface TicketClient {
  a: string
}

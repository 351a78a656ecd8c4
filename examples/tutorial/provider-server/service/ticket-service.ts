/** The tutorial's provider: whatever a module exports that extends a generated skeleton is offered. */
export { Tickets as TicketServiceImpl } from '../../../ticket/tickets.js'

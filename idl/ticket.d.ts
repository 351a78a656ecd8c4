// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * Train tickets: finding them, booking them, giving them back.
 *
 * @package com.miao.server
 */
import type { decimal, int32, uint32 } from 'tsubo/types'

/**
 * Sells train tickets.
 * @java com.miao.server.TicketService
 */
export interface TicketService {
  /**
   * The tutorial's call: how is it in the registry?
   * @idempotent
   */
  getTicket(): Promise<string>

  /**
   * Finds trains that still have seats, the earliest first.
   * @idempotent
   */
  search(filter: SearchFilter): Promise<SearchResult>

  /**
   * Books seats for all passengers, or for none of them.
   * @throws {SoldOut} when the train has fewer seats left than there are passengers
   */
  book(request: BookRequest): Promise<Booking>

  /**
   * Gives a booking back and returns the refund.
   * @throws {OrderNotFound} when there is no such order, or it was cancelled before
   */
  cancel(orderNumber: bigint, reason?: string): Promise<Money>

  /**
   * Tells how the journey was. Nobody waits for an answer.
   * @oneway
   */
  feedback(train: string, stars: uint32, text?: string): void

  /** Every change of a train's free seats, as it happens. */
  watchSeats(train: string): AsyncIterable<SeatChange>
}

/** What to look for. Everything but the two stations may be left out. */
export interface SearchFilter {
  from: string
  to: string
  /** The earliest departure; now if left out. */
  departAfter?: Date
  /** Only trains that offer one of these classes; any if empty. */
  classes: SeatClass[]
  maxPrice?: Money
  /** 20 if left out. */
  limit?: uint32
}

export interface SearchResult {
  trains: Train[]
  /** More trains matched than were returned. */
  more: boolean
}

/** One train on one day. */
export interface Train {
  /** As printed on the ticket: G1024. */
  number: string
  from: string
  to: string
  departure: Date
  arrival: Date
  offers: Offer[]
}

/** What one class of a train costs, and how much of it is left. */
export interface Offer {
  seatClass: SeatClass
  price: Money
  seatsLeft: int32
}

export enum SeatClass {
  /** Five seats in a row. */
  Second = 'second',
  /** Four seats in a row. */
  First = 'first',
  /** Three seats in a row, and dinner. */
  Business = 'business',
}

/** An exact amount in one currency. */
export interface Money {
  /** In units of the currency: "553.50". */
  amount: decimal
  /** ISO 4217: "CNY". */
  currency: string
}

export interface BookRequest {
  train: string
  seatClass: SeatClass
  passengers: Passenger[]
  contact: Contact
  /** The caller's own number for this request, to find it again in both logs. */
  reference?: string
}

export interface Passenger {
  name: string
  bornOn: Date
  /** A passport photo (JPEG), where border control asks for one. */
  photo?: Uint8Array
}

/** How to reach whoever booked. */
export interface Contact {
  phone: string
  email?: string
}

export interface Booking {
  orderNumber: bigint
  total: Money
  seats: Seat[]
  bookedAt: Date
}

export interface Seat {
  passenger: string
  coach: int32
  /** "12F" */
  place: string
}

/** One change of the number of free seats. */
export interface SeatChange {
  train: string
  seatClass: SeatClass
  seatsLeft: int32
  at: Date
}

/** Fewer seats are left than were asked for. */
export interface SoldOut extends Error {
  train: string
  seatClass: SeatClass
  seatsLeft: int32
}

/** There is no order with this number. */
export interface OrderNotFound extends Error {
  orderNumber: bigint
}

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Booking,
  type BookRequest,
  type Money,
  OrderNotFound,
  type SearchFilter,
  type SearchResult,
  SeatClass,
  SoldOut,
  TicketServiceSkeleton,
  type Train,
} from '../../generated/ticket.js'

export interface TicketsOptions {
  /** How long the work takes, in milliseconds. Default 0. */
  readonly thinkMs?: number
  /** Hears of every booking before its caller does. */
  readonly booked?: (request: BookRequest, booking: Booking) => void
}

const dayMs = 24 * 60 * 60 * 1000

/** The ticket service itself: a timetable of one day and its orders, in memory. */
export class Tickets extends TicketServiceSkeleton {
  readonly #options: TicketsOptions
  readonly #trains: readonly Train[] = timetable()
  readonly #orders = new Map<bigint, Booking>()
  /** 64 bits, as order numbers have: beyond what a `number` holds exactly. */
  #nextOrder = 9_007_199_254_740_993n + BigInt(process.pid) * 1_000_000n

  constructor(options: TicketsOptions = {}) {
    super()
    this.#options = options
  }

  getTicket() {
    return 'good'
  }

  async search(filter: SearchFilter): Promise<SearchResult> {
    await this.#think()
    const { departAfter, classes, maxPrice, limit = 20 } = filter
    const matches = this.#trains
      .filter((train) => train.from === filter.from && train.to === filter.to)
      .filter((train) => !departAfter || train.departure >= departAfter)
      .map((train) => ({ ...train, offers: train.offers.filter((offer) => matchesClass(offer) && affordable(offer)) }))
      .filter((train) => train.offers.length > 0)
    return { trains: matches.slice(0, limit), more: matches.length > limit }

    function matchesClass({ seatClass }: { seatClass: SeatClass }): boolean {
      return classes.length === 0 || classes.includes(seatClass)
    }
    function affordable({ price }: { price: Money }): boolean {
      return !maxPrice || (price.currency === maxPrice.currency && Number(price.amount) <= Number(maxPrice.amount))
    }
  }

  async book(request: BookRequest): Promise<Booking> {
    await this.#think()
    const { train: number, seatClass, passengers } = request
    const train = this.#trains.find((candidate) => candidate.number === number)
    const offer = train?.offers.find((candidate) => candidate.seatClass === seatClass)
    const seatsLeft = offer?.seatsLeft ?? 0
    if (!offer || seatsLeft < passengers.length) {
      throw new SoldOut({
        train: number,
        seatClass,
        seatsLeft,
        message: `${number} has ${seatsLeft} seats left in ${seatClass}`,
      })
    }
    offer.seatsLeft -= passengers.length
    const booking: Booking = {
      orderNumber: this.#nextOrder++,
      total: times(offer.price, passengers.length),
      seats: passengers.map(({ name }, i) => ({
        passenger: name,
        coach: 1 + (seatsLeft % 8),
        place: `${seatsLeft - i}F`,
      })),
      bookedAt: new Date(),
    }
    this.#orders.set(booking.orderNumber, booking)
    this.#options.booked?.(request, booking)
    return booking
  }

  cancel(orderNumber: bigint): Money {
    const booking = this.#orders.get(orderNumber)
    if (!booking) throw new OrderNotFound({ orderNumber, message: `there is no order ${orderNumber}` })
    this.#orders.delete(orderNumber)
    return booking.total
  }

  feedback() {}

  async *watchSeats(train: string) {
    for (const { number, offers } of this.#trains) {
      if (number !== train) continue
      for (const { seatClass, seatsLeft } of offers) yield { train, seatClass, seatsLeft, at: new Date() }
    }
  }

  async #think(): Promise<void> {
    if (this.#options.thinkMs) await sleep(this.#options.thinkMs)
  }
}

function timetable(): Train[] {
  const midnight = Math.ceil(Date.now() / dayMs) * dayMs
  const hours = [7, 9, 12, 16, 19]
  return hours.map((hour, i) => ({
    number: `G10${24 + i}`,
    from: 'Beijing',
    to: 'Shanghai',
    departure: new Date(midnight + hour * 60 * 60 * 1000),
    arrival: new Date(midnight + (hour + 4.5) * 60 * 60 * 1000),
    offers: [
      { seatClass: SeatClass.Second, price: { amount: '553.50', currency: 'CNY' }, seatsLeft: 1_000_000 },
      { seatClass: SeatClass.First, price: { amount: '933.00', currency: 'CNY' }, seatsLeft: 28 },
      { seatClass: SeatClass.Business, price: { amount: '1748.00', currency: 'CNY' }, seatsLeft: 2 },
    ],
  }))
}

/** Exact: counted in hundredths. */
function times(price: Money, count: number): Money {
  const cents = Math.round(Number(price.amount) * 100) * count
  return { amount: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, currency: price.currency }
}

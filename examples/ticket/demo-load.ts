import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError } from 'tsubo'
import { SeatClass, type TicketServiceClient } from '../../generated/ticket.js'

/** What became of the calls, as the consumer saw it. */
export interface Outcomes {
  /** References the consumer holds a booking for. */
  readonly confirmed: Set<string>
  /** References of bookings whose outcome is unknown: their connection was lost on the way. */
  readonly unknown: Set<string>
  /** References that were refused before any provider saw them. */
  readonly refused: Set<string>
  /** Failures of methods that are safe to retry. There should be none. */
  readonly failed: Error[]
}

/** Keeps `workers` calls under way until told to stop: of ten calls six search, three are getTicket, one books. */
export function startLoad(tickets: TicketServiceClient, workers: number): { stop(): Promise<Outcomes> } {
  const outcomes: Outcomes = { confirmed: new Set(), unknown: new Set(), refused: new Set(), failed: [] }
  let going = true
  let next = 0

  async function book(reference: string): Promise<void> {
    try {
      await tickets.book({
        train: `G10${24 + (next % 5)}`,
        seatClass: SeatClass.Second,
        passengers: [{ name: '林喵', bornOn: new Date('1999-02-28') }],
        contact: { phone: '+86 10 5555 0100' },
        reference,
      })
      outcomes.confirmed.add(reference)
    } catch (error) {
      if (error instanceof RpcError && error.retryable) outcomes.refused.add(reference)
      else outcomes.unknown.add(reference)
    }
  }

  async function work(): Promise<void> {
    while (going) {
      const turn = next++
      if (turn % 10 === 9) await book(`r${turn}`)
      else {
        const safe =
          turn % 10 < 6 ? tickets.search({ from: 'Beijing', to: 'Shanghai', classes: [] }) : tickets.getTicket()
        await (safe as Promise<unknown>).catch((error: Error) => outcomes.failed.push(error))
      }
      await sleep(8)
    }
  }

  const working = Promise.all(Array.from({ length: workers }, work))
  return {
    async stop() {
      going = false
      await working
      return outcomes
    },
  }
}

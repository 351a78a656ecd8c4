import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, runNode } from '../support/child.js'

/** Within the repository, so that `tsubo/codegen` resolves as it does for every other file. */
const folder = mkdtempSync(join(root, 'test/golden/.compiler-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const good = `
import { SeatClass, SoldOut, TicketServiceClient, TicketServiceSkeleton, type BookRequest, type SearchResult } from '../../../generated/ticket.js'
import type { Call } from 'tsubo/codegen'

class Tickets extends TicketServiceSkeleton {
  getTicket() { return 'good' }
  async search(): Promise<SearchResult> { return { trains: [], more: false } }
  book(request: BookRequest, call: Call): never {
    throw new SoldOut({ train: request.train, seatClass: SeatClass.First, seatsLeft: call.args.length })
  }
  cancel(orderNumber: bigint, reason: string | undefined) { return { amount: String(orderNumber), currency: reason ?? 'CNY' } }
  feedback() {}
  async *watchSeats(train: string) { yield { train, seatClass: 'second' as const, seatsLeft: 1, at: new Date() } }
}

export async function use(client: TicketServiceClient) {
  const word: string = await client.getTicket()
  const { orderNumber } = await client.book({ train: 'G1', seatClass: 'first', passengers: [], contact: { phone: '1' } }, { timeoutMs: 5 })
  const refund = await client.cancel(orderNumber)
  for await (const change of client.watchSeats('G1')) if (change.seatsLeft === 0) break
  return [word, refund.amount, new Tickets()]
}
`

const wrong = `
import { SoldOut, TicketServiceClient, TicketServiceSkeleton, type SearchFilter } from '../../../generated/ticket.js'
import { UserServiceSkeleton } from '../../../generated/user.js'

// @ts-expect-error a method is left out
export class LeftOut extends UserServiceSkeleton {}

export class WrongResult extends UserServiceSkeleton {
  // @ts-expect-error it returns text
  buyTicket() { return 5 }
}

export class WrongPromise extends UserServiceSkeleton {
  // @ts-expect-error it returns text
  async buyTicket() { return { text: 'good' } }
}

export class TooMuch extends UserServiceSkeleton {
  // @ts-expect-error nobody passes a second argument
  buyTicket(call: unknown, more: string) { return more }
}

export abstract class WrongParameter extends TicketServiceSkeleton {
  // @ts-expect-error an order number is a bigint
  override cancel(orderNumber: string) { return { amount: orderNumber, currency: '' } }
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
`

describe('the compiler', () => {
  it('accepts what fits, refuses what does not, and accepts every generated file under strict flags', async () => {
    writeFileSync(join(folder, 'good.ts'), good)
    writeFileSync(join(folder, 'wrong.ts'), wrong)
    const options = {
      extends: '../../../tsconfig.json',
      compilerOptions: { noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true },
      include: ['*.ts', '../*/expected', '../../../generated'],
      exclude: [],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { code, stdout } = await runNode([tsc, '--noEmit', '-p', folder])
    expect(stdout).toBe('')
    expect(code).toBe(0)
  })
})

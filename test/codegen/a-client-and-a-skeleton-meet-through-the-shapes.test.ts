import { describe, expect, it } from 'vitest'
import { OrderNotFound, TicketServiceClient, TicketServiceSkeleton } from '../../generated/ticket.js'
import type { Call, Invocable } from '../../runtime/call.js'
import { RpcError } from '../../runtime/error.js'
import { serviceOf } from '../../runtime/stub.js'
import { bytesOf, readBack } from './bytes.js'

/** The three things a user does: run codegen, import the client, extend the skeleton. */
class Tickets extends TicketServiceSkeleton {
  getTicket() {
    return 'good'
  }
  search() {
    return { trains: [], more: false }
  }
  book(): never {
    throw new Error('not here')
  }
  cancel(orderNumber: bigint, reason: string | undefined) {
    if (orderNumber === 0n) throw new OrderNotFound({ orderNumber, message: reason ?? 'no reason' })
    return { amount: `${orderNumber}.00`, currency: 'CNY' }
  }
  feedback() {}
  async *watchSeats() {}
}

/** Carries a call to an implementation the way a wire does: as bytes. */
function carry(implementation: TicketServiceSkeleton): Invocable {
  const methods = implementation as unknown as Record<string, (...args: unknown[]) => unknown>
  return {
    async invoke(call: Call) {
      const { codec, schema } = call.method
      const args = readBack(codec.args, bytesOf(codec.args, call.args)) as unknown[]
      try {
        const result = await methods[schema.name]?.call(implementation, ...args, call)
        return readBack(codec.result, bytesOf(codec.result, result))
      } catch (error) {
        const shape = error instanceof RpcError && error.type ? codec.error(error.type) : undefined
        if (!shape) throw error
        throw Object.assign(readBack(shape, bytesOf(shape, error as RpcError)), { message: (error as Error).message })
      }
    },
  }
}

describe('a client and a skeleton meet through the shapes', () => {
  const client = new TicketServiceClient(carry(new Tickets()))

  it('calls', async () => {
    expect(await client.getTicket()).toBe('good')
    expect(await client.search({ from: 'a', to: 'b', classes: [] })).toEqual({ trains: [], more: false })
    expect(await client.cancel(2n ** 62n)).toEqual({ amount: `${2n ** 62n}.00`, currency: 'CNY' })
    expect(await client.feedback('G1', 5)).toBe(undefined)
  })

  it('gets a declared error back as its class', async () => {
    const failure = await client.cancel(0n, 'gone').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OrderNotFound)
    expect(failure).toMatchObject({
      name: 'OrderNotFound',
      orderNumber: 0n,
      message: 'gone',
      code: 'failed_precondition',
    })
  })

  it('has no public members but the methods', () => {
    const names = Object.getOwnPropertyNames(TicketServiceClient.prototype).sort()
    expect(names).toEqual(['book', 'cancel', 'constructor', 'feedback', 'getTicket', 'search', 'watchSeats'])
    expect(Object.keys(client)).toEqual([])
    expect(Object.getOwnPropertyNames(TicketServiceSkeleton.prototype)).toEqual(['constructor'])
    expect(new Tickets()[serviceOf].schema.name).toBe('com.miao.server.TicketService')
  })

  it.each([
    '../../generated/ticket.ts',
    '../../generated/ticket.codec.ts',
    '../golden/several-files/expected/orders/order.codec.ts',
    '../golden/several-files/expected/shared/price.codec.ts',
    '../golden/several-files/expected/orders/order.ts',
    '../golden/several-files/expected/shared/price.ts',
  ])('loads whichever file comes first: %s', async (file) => {
    const { vi } = await import('vitest')
    vi.resetModules()
    await expect(import(/* @vite-ignore */ file)).resolves.toBeDefined()
  })
})

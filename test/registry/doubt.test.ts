import { describe, expect, it } from 'vitest'
import { Doubt, placeOf } from '../../runtime/registry/doubt.js'
import type { Provider } from '../../runtime/registry/registry.js'
import { serviceKey } from '../../runtime/service-key.js'
import { ticketService } from './services.js'

const service = serviceKey(ticketService)

function provider(port: number, weight = 100): Provider {
  const addresses = [{ protocol: 'tsubo', host: '10.0.0.1', port }]
  return { service, addresses, weight, application: 'provider-server', params: new Map() }
}

/** A list that is read again and again; times in seconds, a hold is 30 s. */
function list() {
  const doubt = new Doubt()
  return (now: number, session: string, ports: readonly number[], explained: readonly number[] = []) => {
    const judged = doubt.judge({
      providers: ports.map((port) => provider(port)),
      explained: new Set(explained.map((port) => placeOf(provider(port)))),
      session,
      holdMs: 30_000,
      now: now * 1000,
    })
    return {
      ports: judged.unconfirmed.map(({ addresses }) => addresses[0]?.port).sort(),
      reason: judged.reason,
      until: judged.until && judged.until / 1000,
    }
  }
}

describe('a provider that is missing from the list', () => {
  it('is believed gone at once where the session lives and most of the others are there', () => {
    const read = list()
    read(0, 'a', [1, 2, 3])
    expect(read(1, 'a', [1, 3]).ports).toEqual([])
    expect(read(2, 'a', [1]).ports).toEqual([])
  })

  it('is kept for one hold when it is the last, or more than half go at once', () => {
    const read = list()
    read(0, 'a', [1, 2, 3])
    expect(read(1, 'a', [1])).toEqual({
      ports: [2, 3],
      reason: '2 providers vanished at once: whoever still answers is kept for 30 s',
      until: 31,
    })
    expect(read(2, 'a', []).ports).toEqual([1, 2, 3])
    expect(read(31, 'a', []).ports).toEqual([1])
    expect(read(32, 'a', [])).toEqual({ ports: [], reason: undefined, until: undefined })
  })

  it('is kept whoever it is, for one hold, within one hold of the end of the own session', () => {
    const read = list()
    read(0, 'a', [1, 2, 3, 4])
    expect(read(10, 'b', [1, 2, 3])).toEqual({
      ports: [4],
      reason: "1 provider vanished with this consumer's own session: whoever still answers is kept for 30 s",
      until: 40,
    })
    // Its session ended later than ours: the server knew of it for a while.
    expect(read(39, 'b', [1, 2]).ports).toEqual([3, 4])
    expect(read(40, 'b', [1, 2]).ports).toEqual([3])
    expect(read(41, 'b', [1]).ports).toEqual([3])
    expect(read(69, 'b', [1]).ports).toEqual([])
  })

  it('is kept for another hold when the session is lost again', () => {
    const read = list()
    read(0, 'a', [1, 2, 3, 4])
    read(10, 'b', [1])
    expect(read(30, 'c', [1])).toMatchObject({ ports: [2, 3, 4], until: 60 })
  })

  it('is confirmed when it is there again', () => {
    const read = list()
    read(0, 'a', [1, 2])
    expect(read(1, 'b', []).ports).toEqual([1, 2])
    expect(read(2, 'b', [2]).ports).toEqual([1])
    expect(read(3, 'b', [1, 2]).ports).toEqual([])
  })

  it('is believed where the registry explains it: it is there, but disabled or of another group', () => {
    const read = list()
    read(0, 'a', [1, 2])
    expect(read(1, 'b', [], [1, 2]).ports).toEqual([])
    read(2, 'b', [1, 2])
    expect(read(3, 'b', []).ports).toEqual([1, 2])
    expect(read(4, 'b', [], [1]).ports).toEqual([2])
  })
})

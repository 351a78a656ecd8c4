import type { Address } from '../address.js'
import type { Attempt, Call, Sink } from '../call.js'
import type { Connection, ConnectionState } from './protocol.js'

/** The better a state, the earlier; a group is as well off as the best of its connections. */
const order: readonly ConnectionState[] = ['ready', 'connecting', 'idle', 'draining', 'backoff', 'closed']

/**
 * Several connections to one address that look like one: calls take turns, those that aren't available are passed over
 * while another one is. Worth it where one socket is the bottleneck: big payloads, or a provider that runs as several
 * processes on one port.
 */
export function connectionGroup(address: Address, size: number, connect: () => Connection): Connection {
  const connections = Array.from({ length: size }, connect)
  let turn = 0
  const next = (): Connection => {
    for (let i = 0; i < size; i++) {
      turn = (turn + 1) % size
      const connection = connections[turn] as Connection
      if (connection.available) return connection
    }
    turn = (turn + 1) % size
    return connections[turn] as Connection
  }
  return {
    address,
    get state() {
      return order.find((state) => connections.some((connection) => connection.state === state)) ?? 'closed'
    },
    get available() {
      return connections.some((connection) => connection.available)
    },
    send: (call: Call, sink: Sink): Attempt => next().send(call, sink),
    async close(graceMs) {
      await Promise.all(connections.map((connection) => connection.close(graceMs)))
    },
  }
}

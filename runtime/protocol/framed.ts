import net from 'node:net'
import { socketPath } from '../address.js'
import { ProtobufWriter } from '../codec/protobuf.js'
import { begins } from '../wire/frame-head.js'
import { native } from '../wire/native.js'
import { frameKind, type Wire } from '../wire/wire.js'
import { type Dial, FramedConnection } from './connection.js'
import { Framing } from './framing.js'
import { type ConnectionOptions, defaultConnectionOptions, type Protocol } from './protocol.js'
import { FramedSession } from './session.js'

const dial: Dial = ({ host, port }, onread) => {
  const path = socketPath(host)
  return path === undefined ? net.connect({ host, port, noDelay: true, onread }) : net.connect({ path, onread })
}

/**
 * Dubbo's consumers connect ahead of their first call, and say nothing before that or their first heartbeat, a minute later.
 * Its own servers wait as long for it (`heartbeat.timeout`).
 */
const ungreetedMs = 180_000

/**
 * Calls as frames over TCP, many under way at once on one connection, in the given wire's bytes (default: native).
 * Options left out have the defaults of `ConnectionOptions`.
 */
export function framed(options: Partial<ConnectionOptions> = {}, wire: Wire = native): Protocol {
  const framing = new Framing(wire, { ...defaultConnectionOptions, ...options })
  return {
    name: wire.name,
    ...(!wire.greets && { silentMs: ungreetedMs }),
    matches(head) {
      if (!begins(wire.magic, head, 0, head.length)) return false
      return head.length >= 3 ? true : undefined
    },
    accept: (socket, head, host, peer) => new FramedSession(socket, head, framing, host, peer),
    refuse(socket, _head, reason) {
      const out = new ProtobufWriter()
      wire.open(framing.options).writeControl(out, frameKind.goaway, { reason })
      socket.end(out.buf.subarray(0, out.pos))
    },
    connect: (address, options = {}) => new FramedConnection(address, framing, dial, options),
  }
}

import type { AddressInfo, Server } from 'node:net'
import thrift from 'thrift'
import { type Item, type Page, page, rebuilt } from '../messages.js'
import {
  BenchService,
  Int64,
  Item as ThriftItem,
  Page as ThriftPage,
  Payload as ThriftPayload,
} from '../thrift/bench.js'
import type { Peer } from './peer.js'

/** As its generated code has them: classes, and 64-bit integers as objects. */
interface Wide extends Omit<Item, 'createdAt'> {
  readonly createdAt: { toNumber(): number }
}
type Answer<T> = (error: Error | null, reply: T) => void

const wide = (item: Item) => new ThriftItem({ ...item, createdAt: new Int64(item.createdAt) })
const plain = ({ id, name, tags, price, createdAt }: Wide): Item => ({
  id,
  name,
  tags,
  price,
  createdAt: createdAt.toNumber(),
})

const handler = {
  small: (item: Wide, answer: Answer<unknown>) => answer(null, wide(rebuilt(plain(item)))),
  medium(item: Wide, answer: Answer<unknown>) {
    const { item: same, items } = page(plain(item))
    answer(null, new ThriftPage({ item: wide(same), items: items.map(wide) }))
  },
  echo: (payload: unknown, answer: Answer<unknown>) => answer(null, payload),
}

export const thriftPeer: Peer = {
  packages: ['thrift'],
  setup: 'framed transport, compact protocol',

  serve() {
    const options = { transport: thrift.TFramedTransport, protocol: thrift.TCompactProtocol }
    const server = thrift.createServer(BenchService.Processor as never, handler, options) as unknown as Server
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },

  async connect(port) {
    const options = { transport: thrift.TFramedTransport, protocol: thrift.TCompactProtocol }
    const connection = thrift.createConnection('127.0.0.1', port, options)
    await new Promise<void>((resolve, reject) => connection.once('connect', resolve).once('error', reject))
    connection.connection.setNoDelay(true)
    const client = thrift.createClient(BenchService.Client as never, connection) as unknown as Record<
      string,
      (value: unknown, answer: Answer<unknown>) => void
    >
    const call = <T>(name: string, value: unknown) =>
      new Promise<T>((resolve, reject) => {
        client[name]?.(value, (error, reply) => (error ? reject(error) : resolve(reply as T)))
      })
    return {
      small: (item) => call<Wide>('small', wide(item)).then(plain),
      medium: (item) =>
        call<{ item: Wide; items: Wide[] }>('medium', wide(item)).then(
          (reply): Page => ({ item: plain(reply.item), items: reply.items.map(plain) }),
        ),
      echo: (bytes) => call<{ bytes: Uint8Array }>('echo', new ThriftPayload({ bytes })).then((reply) => reply.bytes),
      close: () => connection.end(),
    }
  },
}

import grpc from '@grpc/grpc-js'
import { type Item, type Page, page, rebuilt, streamed } from '../messages.js'
import { type StaticCodec, staticCodecs } from '../static-codecs.js'
import type { Peer } from './peer.js'

const { Item: ItemCodec, Page: PageCodec, Payload: PayloadCodec, Order: OrderCodec } = staticCodecs

function method<Q, A>(name: string, request: StaticCodec<Q>, reply: StaticCodec<A>, responseStream = false) {
  return {
    path: `/tsubo.bench.BenchService/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (value: Q) => request.encode(value).finish() as Buffer,
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (value: A) => reply.encode(value).finish() as Buffer,
    responseDeserialize: (bytes: Buffer) => reply.decode(bytes),
  }
}

const service = {
  small: method<Item, Item>('Small', ItemCodec, ItemCodec),
  medium: method<Item, Page>('Medium', ItemCodec, PageCodec),
  echo: method<{ bytes: Uint8Array }, { bytes: Uint8Array }>('Echo', PayloadCodec, PayloadCodec),
  items: method<{ count: number }, Item>('Items', OrderCodec, ItemCodec, true),
}

const handlers = {
  small: ((call, answer) => answer(null, rebuilt(call.request))) as grpc.handleUnaryCall<Item, Item>,
  medium: ((call, answer) => answer(null, page(call.request))) as grpc.handleUnaryCall<Item, Page>,
  echo: ((call, answer) => answer(null, call.request)) as grpc.handleUnaryCall<
    { bytes: Uint8Array },
    { bytes: Uint8Array }
  >,
  items: ((call) => {
    let n = 0
    const more = () => {
      while (n < call.request.count) if (!call.write(streamed(n++))) return call.once('drain', more)
      return call.end()
    }
    more()
  }) as grpc.handleServerStreamingCall<{ count: number }, Item>,
}

export const grpcJs: Peer = {
  packages: ['@grpc/grpc-js', 'protobufjs'],
  setup: 'static codec (pbjs)',

  serve() {
    const server = new grpc.Server()
    server.addService(service, handlers)
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      )
    })
  },

  async connect(port) {
    const Client = grpc.makeClientConstructor(service, 'BenchService')
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    const unary = <Q, A>(name: 'small' | 'medium' | 'echo', request: Q): Promise<A> =>
      new Promise((resolve, reject) => {
        const call = client[name] as (request: Q, done: (error: Error | null, reply: A) => void) => void
        call.call(client, request, (error, reply) => (error ? reject(error) : resolve(reply)))
      })
    return {
      small: (item) => unary('small', item),
      medium: (item) => unary('medium', item),
      echo: (bytes) => unary<unknown, { bytes: Uint8Array }>('echo', { bytes }).then((reply) => reply.bytes),
      items: (count) => {
        const call = client.items as (request: unknown) => grpc.ClientReadableStream<Item>
        return call.call(client, { count })
      },
      close: () => client.close(),
    }
  },
}

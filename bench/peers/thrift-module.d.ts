/** As much of it as the peer uses; the package has no types. */
declare module 'thrift' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  interface Connection extends EventEmitter {
    readonly connection: Socket
    end(): void
  }
  const thrift: {
    readonly TFramedTransport: unknown
    readonly TCompactProtocol: unknown
    createServer(processor: never, handler: object, options: object): unknown
    createConnection(host: string, port: number, options: object): Connection
    createClient(client: never, connection: Connection): unknown
  }

  // biome-ignore lint/style/noDefaultExport: it is a CommonJS module
  export default thrift
}

/** What there is for Java besides generated code: Dubbo's protocol with its options, and services without a contract. */
import type { Invocable } from './call.js'
import { framed } from './protocol/framed.js'
import type { ConnectionOptions, Protocol } from './protocol/protocol.js'
import { type CallOptions, Stub, type StubOptions } from './stub.js'
import { type DubboWireOptions, dubboWire } from './wire/dubbo.js'
import { namelessService } from './wire/dubbo-service.js'

export { HessianReader } from './codec/hessian2/reader.js'
export { JavaObject } from './codec/hessian2/value.js'
export { HessianWriter } from './codec/hessian2/writer.js'
export { type Hessian2, type HessianCodec, hessian2 } from './codec/hessian2.js'

export interface DubboOptions extends DubboWireOptions, Partial<ConnectionOptions> {}

/**
 * Dubbo's own protocol, as clients and servers speak it beside the native one (`framed()`) where nobody says otherwise; to be
 * given as one of their `protocols` where its options shall be others.
 */
export function dubbo({ generic = false, ...connection }: DubboOptions = {}): Protocol {
  return framed(connection, dubboWire({ generic }))
}

/**
 * Calls a service of Java's without its contract, by `$invoke`, Dubbo's generic call. Values are plain: number is int or
 * double, bigint is long, Date, Uint8Array, arrays are lists, Map and objects are maps. An object of a class is a map with
 * `class`, or a `JavaObject`; a constant of an enum is its name. Maps come back as Map, what has a class with it as `class`.
 */
export class GenericClient {
  readonly #stub: Stub

  /** `service`: the interface's full name in Java. Group and version are options, as for generated clients. */
  constructor(to: Invocable, service: string, options?: StubOptions) {
    this.#stub = new Stub(namelessService(service), to, options)
  }

  /**
   * Calls a method by its name. `types` are its parameters' (`java.lang.String`, `int`), and choose between methods of one name.
   * Fails as calls do; a Throwable's class is in the error's `details.exception`.
   */
  invoke(
    method: string,
    types: readonly string[],
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    const metadata = { ...options.metadata, generic: 'true' }
    return this.#stub.call(0, [method, types, args], { ...options, metadata })
  }

  /** Asks the provider for what it was sent: whether it is there, and what a value becomes on its way. */
  echo(value: unknown, options?: CallOptions): Promise<unknown> {
    return this.#stub.call(1, [value], options)
  }
}

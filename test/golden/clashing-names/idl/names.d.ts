/** @package golden.names */
import type { Stub as OtherStub } from './other.js'

/** Contract names that generated code uses for itself. */
export interface Service {
  call(call: Call, options?: string): Promise<Stub>
  options(options: string): Promise<RpcError>
  invoke(arguments: string, eval: string, undefined: string): Promise<string>
  stub(other: OtherStub): Promise<OtherStub>
  delete(): Promise<void>
  static(): Promise<void>
  get(key: string): Promise<string>
  async(writer: string, reader: number, value: Date, args: string, tag: string, readString: string): Promise<Int32>
  /** @throws {SoldOut} */
  throws(): Promise<value>
}

export interface Call {
  class: string
  function: string
  reader: string
  writer: string
  value: string
  tag: string
  item: string[]
  args: string
  list: string[]
  readString: string
  writeCall: string
  SoldOut: string
  number: number
  then: string
}

export interface Stub {
  Stub?: Stub
}

export interface RpcError {}

export interface Int32 {
  int32: number
}

/** A type in lower case. */
export interface value {
  value: value2
}

export enum value2 {
  default = 'default',
  class = 'class',
}

export interface service {}

export interface SoldOut extends Error {
  SoldOut: string
  from: string
}

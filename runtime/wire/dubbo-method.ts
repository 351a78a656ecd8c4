import { descriptor } from '../codec/hessian2/java-type.js'
import { type HessianCodec, hessian2 } from '../codec/hessian2.js'
import type { Method, MethodCodec } from '../method.js'
import { javaName } from '../schema/java-name.js'

/** How a method is called in Java, and its shapes there. */
export interface JavaMethod {
  readonly codec: HessianCodec
  readonly service: string
  readonly name: string
  readonly descriptor: string
}

/** A codec that brings its form in hessian 2 along: what no contract describes has no other. */
export interface BoundCodec extends MethodCodec {
  readonly hessian2: HessianCodec
}

function isBound(codec: MethodCodec): codec is BoundCodec {
  return 'hessian2' in codec
}

/** By `Method.index`, process-wide. */
const known: (JavaMethod | undefined)[] = []

export function javaMethod(method: Method): JavaMethod {
  let found = known[method.index]
  if (!found) {
    found = {
      codec: isBound(method.codec) ? method.codec.hessian2 : hessian2.for(method),
      service: javaName(method.service.name, method.service),
      name: javaName(method.schema.name, method.schema),
      descriptor: descriptor(method.service, method.schema),
    }
    known[method.index] = found
  }
  return found
}

/** A server that leaves constraints to its handlers has methods without the checked codec. */
export function shapesOf(method: Method): HessianCodec {
  if (isBound(method.codec)) return method.codec.hessian2
  const { codec } = javaMethod(method)
  return method.codec.unchecked ? codec : (codec.unchecked ?? codec)
}

const generic = new WeakMap<Method, Method>()

/** The method as Dubbo's generic calls have it: the same one, answered in maps. */
export function genericMethod(method: Method): Method {
  let found = generic.get(method)
  if (!found) {
    const codec: BoundCodec = { ...method.codec, hessian2: hessian2.generic(method) }
    found = { ...method, codec }
    generic.set(method, found)
  }
  return found
}

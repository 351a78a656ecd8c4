import type { ProtobufReader } from '../codec/protobuf.js'
import type { Find, Target } from '../dispatcher.js'

/** So many different declarations are remembered for a server, and none of more bytes: callers whom nobody knows yet send them. */
const mostDeclarations = 1000
const declarationBytes = 1024

interface Declaration {
  readonly body: Buffer
  readonly target: readonly [Target]
}

/** By a server's way to look methods up. */
const ofServers = new WeakMap<Find, Declarations>()

/**
 * What clients have declared to a server, by the declaration's bytes: most declare what others did before them, and those of ten
 * thousand connections shall cost neither ten thousand lookups nor their garbage.
 */
export class Declarations {
  readonly #known = new Map<number, Declaration>()

  /** Those made to the server that looks methods up by `find`. */
  static of(find: Find): Declarations {
    let known = ofServers.get(find)
    if (!known) {
      known = new Declarations()
      ofServers.set(find, known)
    }
    return known
  }

  /**
   * What the declaration means that is to be read here; undefined: it has not come before. As a list, the same for all: most
   * connections have one method, and need none of their own.
   */
  find({ buf, pos, len }: ProtobufReader): readonly [Target] | undefined {
    if (len - pos > declarationBytes) return undefined
    const known = this.#known.get(hashOf(buf, pos, len))
    return known && known.body.compare(buf, pos, len) === 0 ? known.target : undefined
  }

  /** Remembers what a declaration means; its bytes are copied. */
  add(body: Buffer, target: Target): void {
    if (body.length > declarationBytes) return
    if (this.#known.size >= mostDeclarations) this.#known.clear()
    this.#known.set(hashOf(body, 0, body.length), { body: Buffer.from(body), target: [target] })
  }
}

/** Of 30 bits. Where those of two declarations are equal, the later one is remembered: their bytes tell them apart. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) & 0x3fffffff
  return hash
}

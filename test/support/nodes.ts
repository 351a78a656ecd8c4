import { Call } from '../../runtime/call.js'
import { Node } from '../../runtime/cluster/node.js'
import type { Method } from '../../runtime/method.js'
import type { Connection } from '../../runtime/protocol/protocol.js'
import type { Scalar } from '../../runtime/schema/schema.js'
import { serviceKey } from '../../runtime/service-key.js'

const service = serviceKey('test.Service')

/** A node of the service `test.Service`, for what chooses between nodes; nothing can be sent to it. */
export function newNode(
  host: string,
  port: number,
  { weight = 100, available = true, params = {} }: NodeOptions = {},
): Node {
  const address = { protocol: 'tsubo', host, port }
  const connection = { address, available } as Connection
  const provider = {
    service,
    addresses: [address],
    weight,
    application: 'test',
    params: new Map(Object.entries(params)),
  }
  return new Node(provider, address, connection)
}

export interface NodeOptions {
  readonly weight?: number
  readonly available?: boolean
  readonly params?: Readonly<Record<string, string>>
}

/** As many nodes of equal weight, at addresses of their own. */
export function newNodes(count: number, options: (i: number) => NodeOptions = () => ({})): Node[] {
  return Array.from({ length: count }, (_, i) =>
    newNode(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 20880, options(i)),
  )
}

/** A call of `test.Service/find` with these arguments, of these types. */
export function newCall(args: readonly unknown[] = [], types: readonly Scalar[] = args.map(() => 'string')): Call {
  const params = types.map((scalar, i) => ({
    name: `p${i}`,
    number: i + 1,
    type: { kind: 'scalar' as const, scalar },
    optional: false,
  }))
  const schema = { name: 'find', kind: 'unary', params, idempotent: true, errors: [], tags: {} }
  return new Call({ schema, path: 'test.Service/find', index: 0 } as unknown as Method, service, args, 1000)
}

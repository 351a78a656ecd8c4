import { RpcError } from '../error.js'
import type { Method } from '../method.js'
import { type ChangeKind, compare } from '../schema/compare.js'
import { methodContract } from '../schema/reach.js'
import type { MethodSchema, ServiceSchema, TypeDeclaration } from '../schema/schema.js'

/** The most text of a contract that a server reads from a client, in characters. */
const maxContractLength = 256 * 1024

/**
 * What would be misread without anybody noticing. Other differences (a member that one side doesn't know, a property
 * that one side requires) end in a clear error when they occur, and most calls never meet them.
 */
const misread: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  'method-kind',
  'method-oneway',
  'method-body',
  'result-type',
  'field-number',
  'field-type',
  'member-number',
  'member-type',
  'number-reused',
  'declaration-kind',
])

/** A method's contract as a client sends it when a server asks: JSON of the method and the declarations it reaches. */
export function contractText({ schema, service }: Method): string {
  return JSON.stringify(methodContract(service, schema))
}

/**
 * Why calls by this client's contract can't be served by ours, or undefined when they can. `text` is foreign: anything
 * that isn't a contract is refused in words.
 */
export function contractConflict(ours: Method, text: string): RpcError | undefined {
  try {
    if (text.length > maxContractLength) throw new RangeError('it is too large')
    const theirs = readContract(text, ours.schema.name)
    const changes = compare(theirs, methodContract(ours.service, ours.schema))
    const conflict = changes.find(({ kind, calls }) => misread.has(kind) && calls.includes('old-calls-new'))
    if (!conflict) return undefined
    return new RpcError(
      'failed_precondition',
      `${ours.path} is not what the caller takes it for: ${conflict.path}: ${conflict.message} (caller against provider)`,
      { details: { path: conflict.path, kind: conflict.kind } },
    )
  } catch (error) {
    const reason = RpcError.from(error).message
    return new RpcError(
      'failed_precondition',
      `${ours.path}: the caller's contract can't be read: ${reason.slice(0, 200)}`,
    )
  }
}

/** Just enough checks that `compare` meets what its types say: it reads, and follows references by name. */
function readContract(text: string, method: string): ServiceSchema {
  const contract = JSON.parse(text) as ServiceSchema
  const [only] = contract.methods as readonly MethodSchema[]
  if (contract.methods.length !== 1 || only?.name !== method) throw new TypeError(`it should hold ${method} alone`)
  const types: Record<string, TypeDeclaration> = Object.assign(Object.create(null), contract.types)
  return methodContract({ ...contract, types }, only)
}

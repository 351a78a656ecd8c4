import { formatHostPort } from '../runtime/address.js'
import type { Call } from '../runtime/call.js'
import { dynamicMethod } from '../runtime/codec/dynamic.js'
import { ProtobufWriter } from '../runtime/codec/protobuf.js'
import { DynamicClient } from '../runtime/dynamic-client.js'
import { type Metadata, RpcError } from '../runtime/error.js'
import type { ListedProvider } from '../runtime/registry/catalog.js'
import {
  argsFromList,
  fieldsToJson,
  fromJson,
  isListInJson,
  JsonMismatch,
  toJson,
} from '../runtime/schema/json-value.js'
import type { MethodSchema, ServiceSchema } from '../runtime/schema/schema.js'
import type { InvokeRequest, InvokeResult } from './api.js'
import { Problem } from './problem.js'
import { clientOf } from './provider-access.js'

const maxItems = 1_000
/** A stream that goes on longer is ended. */
const maxStreamMs = 5 * 60_000

/** A call that fits its method: nothing was sent yet. */
export interface TrialCall {
  readonly method: MethodSchema
  /** Makes the call; `item` is told what streams out, as it comes. Ends with what came of it; `signal` cancels. */
  run(signal: AbortSignal, item?: (value: unknown, atMs: number) => Promise<void>): Promise<InvokeResult>
}

/** Checks a request against the contract. Throws a Problem that names the field. */
export function prepareCall(
  schema: ServiceSchema,
  providers: readonly ListedProvider[],
  request: InvokeRequest,
  registry: string,
): TrialCall {
  const method = schema.methods.find(({ name }) => name === request.method)
  if (!method) {
    const there = schema.methods.map(({ name }) => name).join(', ')
    throw new Problem('invalid', `${schema.name} has no such method; it has ${there.slice(0, 500)}`, {
      field: 'method',
    })
  }
  const args = checkedArgs(schema, method, request)
  const items = checkedItems(schema, method, request)
  const command = commandOf(schema, method, request, registry)

  return {
    method,
    async run(signal, item) {
      let seen: Call | undefined
      const client = clientOf(providers, { observers: [{ begin: (call) => (seen = call) }] })
      const { group = '', version = '' } = providers[0]?.service ?? {}
      const { timeoutMs, metadata } = request
      const dynamic = new DynamicClient(client, schema, { group, version, ...(metadata && { metadata }) })
      const began = performance.now()
      const elapsed = () => Math.round((performance.now() - began) * 1000) / 1000
      const given = [...args]
      if (method.stream !== undefined) {
        given[method.stream] = (async function* () {
          yield* items
        })()
      }
      const options = { signal, ...(timeoutMs !== undefined && { timeoutMs }) }
      const json = (value: unknown) => (method.result ? toJson(schema.types, method.result, value) : undefined)
      let outcome: Pick<InvokeResult, 'value' | 'truncated' | 'error'>
      try {
        if (method.kind === 'server' || method.kind === 'bidi') {
          const late = AbortSignal.timeout(maxStreamMs)
          const ends = { ...options, signal: AbortSignal.any([signal, late]) }
          const told: unknown[] = []
          let truncated = false
          for await (const value of dynamic.stream(method.name, given, ends)) {
            if (told.length >= maxItems) {
              truncated = true
              break
            }
            told.push(json(value))
            await item?.(told.at(-1), elapsed())
          }
          outcome = { value: told, ...(truncated && { truncated }) }
        } else {
          const value = json(await dynamic.call(method.name, given, options))
          outcome = value === undefined ? {} : { value }
        }
      } catch (error) {
        outcome = { error: errorOf(schema, method, RpcError.from(error)) }
      } finally {
        await client.close(0)
      }
      return {
        ...outcome,
        elapsedMs: elapsed(),
        ...(seen?.peer && { provider: formatHostPort(seen.peer.host, seen.peer.port) }),
        metadata: shown(seen?.replyMetadata),
        command,
      }
    },
  }
}

/** The arguments, proven to fit by writing them. */
function checkedArgs(schema: ServiceSchema, method: MethodSchema, { args }: InvokeRequest): unknown[] {
  try {
    const values = argsFromList(schema.types, method, args)
    dynamicMethod(schema, method).args.write(new ProtobufWriter().aim(Buffer.alloc(1024), 0), values)
    return values
  } catch (error) {
    throw misfit(error, 'args')
  }
}

function checkedItems(schema: ServiceSchema, method: MethodSchema, { items }: InvokeRequest): unknown[] {
  const param = method.stream === undefined ? undefined : method.params[method.stream]
  if (!param) {
    if (items === undefined) return []
    throw new Problem('invalid', `${method.name} takes no stream`, { field: 'items' })
  }
  try {
    return (items ?? []).map((item, i) => fromJson(schema.types, param.type, item, `items[${i}]`))
  } catch (error) {
    throw misfit(error, '')
  }
}

function misfit(error: unknown, root: string): unknown {
  if (!(error instanceof JsonMismatch || error instanceof RpcError)) return error
  const path = pathIn(error.message)
  const field = path === undefined ? root : root ? `${root}.${path}` : path
  return new Problem('invalid', error.message, field ? { field } : {})
}

/** `guest.tags[2]` at the beginning of a message, perhaps behind the method's own path. */
function pathIn(message: string): string | undefined {
  return /^(?:[\w.]+\/[\w$]+: )?([A-Za-z_$][\w$]*(?:\.[\w$]+|\[[^\]]{1,40}\])*): /.exec(message)?.[1]
}

function errorOf(schema: ServiceSchema, method: MethodSchema, error: RpcError): NonNullable<InvokeResult['error']> {
  const { code, message, type, details, retryable } = error
  const declared = type !== undefined && Object.hasOwn(schema.types, type) ? schema.types[type] : undefined
  const own = error as unknown as Readonly<Record<string, unknown>>
  const path = code === 'invalid_argument' ? pathIn(message) : undefined
  const ofParam = path !== undefined && method.params.some(({ name }) => path.split(/[.[]/)[0] === name)
  return {
    code,
    message,
    ...(type !== undefined && { type }),
    ...(declared?.kind === 'error' && { fields: fieldsToJson(schema.types, declared.fields, own) }),
    ...(details && { details }),
    ...(ofParam && { field: `args.${path}` }),
    retryable,
  }
}

function shown(metadata: Metadata | undefined): Record<string, string> {
  const entries = Object.entries(metadata ?? {})
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : Buffer.from(value).toString('base64')]),
  )
}

/** The same for a shell. */
function commandOf(schema: ServiceSchema, method: MethodSchema, request: InvokeRequest, registry: string): string {
  const { args, items, group, version, provider, timeoutMs, metadata } = request
  const taken = method.params.filter((_param, i) => i !== method.stream)
  const [only] = taken
  const single = taken.length === 1 && only && args.length === 1
  const json = single && (isListInJson(only.type) || !Array.isArray(args[0])) ? args[0] : args
  const words = [
    'tsubo invoke',
    quoted(`${schema.name}.${method.name}`),
    ...(taken.length > 0 && args.length > 0 ? [quoted(JSON.stringify(json))] : []),
    ...(provider === undefined ? ['--registry', quoted(registry)] : ['--address', quoted(provider)]),
    ...(group ? ['--group', quoted(group)] : []),
    ...(version ? ['--version', quoted(version)] : []),
    ...(timeoutMs === undefined ? [] : ['--timeout', `${timeoutMs}ms`]),
    ...Object.entries(metadata ?? {}).flatMap(([name, value]) => ['--metadata', quoted(`${name}=${value}`)]),
  ]
  const lines = items?.map((item) => quoted(JSON.stringify(item))).join(' ')
  return `${lines ? `printf '%s\\n' ${lines} | ` : ''}${words.join(' ')}`
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

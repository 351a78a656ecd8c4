import { createInterface } from 'node:readline'
import { text as readAll } from 'node:stream/consumers'
import type { Client, ClientOptions, Registry, RpcError as RpcErrorType, ServiceKey } from 'tsubo'
import type { MethodSchema, ServiceSchema } from '../runtime/schema/schema.js'
import { defaultRegistry } from './default-registry.js'
import { parseArgs } from './parse-args.js'

export const summary = 'call a method of a running provider, without generated code'

const help = `Usage: tsubo invoke <service>.<method> ['<json>'] [--registry <address> | --address <host:port>] [options]

Calls a method of a running provider, which itself tells its contract: no generated code is needed.

  <service>.<method>    com.example.TicketService.book; the end of the name will do where it is unambiguous
  '<json>'              the arguments: one parameter's value, '{ "train": "G7" }'; of several an array, '["G7", 2]', or an
                        object by their names. "-" reads them from standard input

  --registry <address>  where providers are found; may be given several times
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --address <host:port> the provider to ask, past any registry; may be given several times
  --group, --version    of the service, where it is provided under several
  --timeout <time>      for the call: 500ms, 2s, 1m (default: the contract's, else 1s)
  --metadata <k>=<v>    sent beside the request; may be given several times
  --bearer-file <file>  call with the token in this file, as \`authorization: Bearer ...\`
  --bearer-env <name>   the same with one in an environment variable; a command line is no place for it
  --ca <file>           call over TLS, and take certificates of these authorities
  --describe            print the contract in place of calling
  --json                one line of JSON: the result, or on standard error what went wrong
  --help                this text

bigint is text in JSON, Date ISO 8601, bytes base64, Map an array of pairs, Set an array (docs/outputs.md, "Zod"). What a
method streams out is printed an item a line; what it takes as a stream is read from standard input, an item a line.

Exit codes: 0 done, 1 the call failed, 2 wrong usage, or arguments that don't fit: nothing was called.
`

interface Options {
  readonly group?: string | undefined
  readonly version?: string | undefined
  readonly timeout?: string | undefined
  readonly metadata?: readonly string[] | undefined
  readonly 'bearer-file'?: string | undefined
  readonly 'bearer-env'?: string | undefined
  readonly ca?: string | undefined
  readonly describe: boolean
  readonly json: boolean
}

/** Exit codes: 0 done, 1 the call failed, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      registry: { type: 'string', multiple: true },
      address: { type: 'string', multiple: true },
      group: { type: 'string' },
      version: { type: 'string' },
      timeout: { type: 'string' },
      metadata: { type: 'string', multiple: true },
      'bearer-file': { type: 'string' },
      'bearer-env': { type: 'string' },
      ca: { type: 'string' },
      describe: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [{ openRegistry, RpcError }, { UsageError }, { JsonMismatch }] = await Promise.all([
    import('tsubo'),
    import('./provided.js'),
    import('../runtime/schema/json-value.js'),
  ])
  const [target, json, ...more] = positionals
  let registry: Registry | undefined
  try {
    if (target === undefined) throw new UsageError('say what to call: com.example.TicketService.book')
    if (more.length > 0) throw new UsageError('the arguments are one JSON text: put it in single quotes')
    if (values.registry && values.address) throw new UsageError('--registry or --address, not both')
    registry = opened(() => openRegistry(addressesOf(values)), UsageError)
    return await invoke(registry, target, json, values)
  } catch (error) {
    const wrong = error instanceof UsageError || error instanceof JsonMismatch
    if (!wrong && !(error instanceof RpcError || error instanceof CallFailed)) throw error
    await report(error as Error, values.json, error instanceof JsonMismatch ? `${target} --describe` : '--help')
    return wrong ? 2 : 1
  } finally {
    await registry?.close()
  }
}

function addressesOf({
  registry,
  address,
}: {
  registry?: string[] | undefined
  address?: string[] | undefined
}): string[] {
  if (address) return [`static://${address.join(',')}`]
  return registry ?? [defaultRegistry()]
}

/** An address that can't be read is wrong usage, whatever else opening may throw. */
function opened(open: () => Registry, Wrong: new (message: string) => Error): Registry {
  try {
    return open()
  } catch (error) {
    throw error instanceof RangeError ? new Wrong(error.message) : error
  }
}

async function invoke(registry: Registry, text: string, json: string | undefined, options: Options): Promise<number> {
  const [{ createClient }, { fetchSchema }, { milliseconds, providedIn, targetOf, UsageError }] = await Promise.all([
    import('tsubo'),
    import('../runtime/dynamic-client.js'),
    import('./provided.js'),
  ])
  const timeoutMs = options.timeout === undefined ? undefined : milliseconds(options.timeout)
  const metadata = metadataOf(options.metadata ?? [], UsageError)
  // For whatever is asked on the way to the call, too.
  const as = await callerOf(options, UsageError)
  const askMs = Math.max(timeoutMs ?? 0, 5000)
  const { key, method: name } = targetOf(text, await providedIn(registry, askMs, as), options)
  const schema = await fetchSchema(registry, key, { ...as, application: 'tsubo', timeoutMs: askMs })
  const method = await methodOf(schema, name, options.describe)
  if (options.describe) {
    const { describe } = await import('./describe.js')
    process.stdout.write(options.json ? `${JSON.stringify(schema)}\n` : describe(schema, method))
    return 0
  }
  if (!method) throw new UsageError('say which method')
  const args = await argumentsOf(schema, method, json)
  const client = createClient({ ...as, registry, application: 'tsubo', onIncompatible: 'ignore' })
  try {
    await call(client, key, schema, method, args, { timeoutMs, metadata, json: options.json })
    return 0
  } finally {
    await client.close(0)
  }
}

/** How providers know who calls, and we know them. */
async function callerOf(options: Options, Wrong: new (message: string) => Error): Promise<Partial<ClientOptions>> {
  const { ca, 'bearer-file': file, 'bearer-env': env } = options
  const tls = ca === undefined ? {} : { tls: { caFile: ca } }
  if (file === undefined && env === undefined) return tls
  if (file !== undefined && env !== undefined) throw new Wrong('--bearer-file or --bearer-env, not both')
  const { bearer } = await import('tsubo')
  try {
    return { ...tls, interceptors: [bearer(file === undefined ? { env: env as string } : { file })] }
  } catch (error) {
    const option = file === undefined ? `--bearer-env ${env}` : `--bearer-file ${file}`
    throw new Wrong(`${option}: ${(error as Error).message}`)
  }
}

/** The method that was named; undefined where none was and none is needed. Throws UsageError with those there are. */
async function methodOf(schema: ServiceSchema, name: string, optional: boolean): Promise<MethodSchema | undefined> {
  const found = schema.methods.find((method) => method.name === name)
  if (found || (name === '' && optional)) return found
  const [{ nearest }, { methodText }, { UsageError }] = await Promise.all([
    import('../runtime/schema/nearest.js'),
    import('./describe.js'),
    import('./provided.js'),
  ])
  const close = nearest(
    name,
    schema.methods.map((method) => method.name),
  )
  const list = schema.methods.map((method) => `\n  ${methodText(method)}`).join('')
  const problem = name === '' ? 'say which method' : `${schema.name} has no method ${JSON.stringify(name)}`
  throw new UsageError(`${problem}${close ? `; did you mean ${close}?` : ''}\n${schema.name} has${list}`)
}

/** The arguments, proven to fit: nothing is called otherwise. */
async function argumentsOf(schema: ServiceSchema, method: MethodSchema, json: string | undefined): Promise<unknown[]> {
  const [{ argsFromJson }, { dynamicMethod }, { ProtobufWriter }, { RpcError }, { UsageError }] = await Promise.all([
    import('../runtime/schema/json-value.js'),
    import('../runtime/codec/dynamic.js'),
    import('../runtime/codec/protobuf.js'),
    import('tsubo'),
    import('./provided.js'),
  ])
  const given = json === '-' && method.stream === undefined ? await readAll(process.stdin) : json
  const args = argsFromJson(schema.types, method, given === undefined ? undefined : parsed(given, UsageError))
  try {
    const { args: shape } = dynamicMethod(schema, method)
    shape.write(new ProtobufWriter().aim(Buffer.alloc(1024), 0), args)
  } catch (error) {
    throw error instanceof RpcError ? new UsageError(error.message) : error
  }
  return args
}

function parsed(text: string, Wrong: new (message: string) => Error): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Wrong(`the arguments are no JSON: ${(error as Error).message}; a text is written '"like this"'`)
  }
}

async function call(
  client: Client,
  key: ServiceKey,
  schema: ServiceSchema,
  method: MethodSchema,
  args: unknown[],
  { timeoutMs, metadata, json }: { timeoutMs?: number | undefined; metadata: Record<string, string>; json: boolean },
): Promise<void> {
  const [{ DynamicClient, RpcError }, { fieldsToJson, toJson }] = await Promise.all([
    import('tsubo'),
    import('../runtime/schema/json-value.js'),
  ])
  const fieldsOf = (error: RpcErrorType): Record<string, unknown> => {
    const { type } = error
    const declared = type !== undefined && Object.hasOwn(schema.types, type) ? schema.types[type] : undefined
    if (declared?.kind !== 'error') return {}
    return fieldsToJson(schema.types, declared.fields, error as unknown as Readonly<Record<string, unknown>>)
  }
  const print = (value: unknown, indent?: number) => {
    if (!method.result || value === undefined) return
    process.stdout.write(`${jsonLine(toJson(schema.types, method.result, value), indent)}\n`)
  }
  const { group = '', version = '' } = key
  const dynamic = new DynamicClient(client, schema, {
    group,
    version,
    metadata,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  const given = [...args]
  if (method.stream !== undefined) given[method.stream] = await itemsFromInput(schema, method)
  try {
    if (method.kind === 'server' || method.kind === 'bidi') {
      for await (const item of dynamic.stream(method.name, given)) print(item)
    } else print(await dynamic.call(method.name, given), json ? undefined : 2)
  } catch (error) {
    throw error instanceof RpcError ? new CallFailed(error, fieldsOf(error)) : error
  }
}

/** A call that failed, with the properties of a declared error as JSON. */
class CallFailed extends Error {
  readonly error: RpcErrorType
  readonly fields: Readonly<Record<string, unknown>>

  constructor(error: RpcErrorType, fields: Readonly<Record<string, unknown>>) {
    super(error.message)
    this.error = error
    this.fields = fields
  }
}

/** One JSON value a line of standard input. */
async function itemsFromInput(schema: ServiceSchema, method: MethodSchema): Promise<AsyncIterable<unknown>> {
  const [{ fromJson }, { UsageError }] = await Promise.all([
    import('../runtime/schema/json-value.js'),
    import('./provided.js'),
  ])
  const param = method.params[method.stream as number] as MethodSchema['params'][number]
  return (async function* () {
    let number = 0
    for await (const line of createInterface({ input: process.stdin })) {
      number++
      if (line.trim() !== '') {
        yield fromJson(schema.types, param.type, parsed(line, UsageError), `line ${number} of standard input`)
      }
    }
  })()
}

/** JSON for a terminal: what one would act on is escaped. */
function jsonLine(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function metadataOf(entries: readonly string[], Wrong: new (message: string) => Error): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=')
      if (at < 1) throw new Wrong(`--metadata ${entry}: write key=value`)
      return [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )
}

/**
 * ```
 * tsubo invoke: failed_precondition com.example.NoTable: the largest table has 4 seats
 *   seatsLeft: 4
 * ```
 */
async function report(error: Error, json: boolean, hint: string): Promise<void> {
  const [{ RpcError }, { printable }] = await Promise.all([import('tsubo'), import('./provided.js')])
  const failed = error instanceof CallFailed ? error : undefined
  const rpc = failed?.error ?? (error instanceof RpcError ? error : undefined)
  const fields = failed?.fields ?? {}
  if (json) {
    const shown = rpc
      ? { code: rpc.code, ...(rpc.type && { type: rpc.type }), message: rpc.message, fields, details: rpc.details }
      : { code: 'usage', message: error.message }
    process.stderr.write(`${jsonLine({ error: shown })}\n`)
    return
  }
  const lines = [
    ...Object.entries(fields).map(([name, value]) => `  ${name}: ${jsonLine(value)}`),
    ...Object.entries(rpc?.details ?? {}).map(([name, value]) => `  ${name}: ${value}`),
    ...(rpc?.retryable ? ['  no handler saw the call: it may be tried again'] : []),
  ]
  const what = rpc ? `${rpc.code}${rpc.type ? ` ${rpc.type}` : ''}: ` : ''
  const usage = rpc ? [] : [`tsubo invoke ${hint} shows what it takes`]
  process.stderr.write(`${printable([`tsubo invoke: ${what}${error.message}`, ...lines, ...usage].join('\n'))}\n`)
}

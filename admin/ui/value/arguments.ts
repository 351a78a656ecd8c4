import type { MethodSchema, ServiceSchema } from '../../../runtime/schema/schema.ts'
import { blank } from './blank.ts'

/** The arguments of a call as JSON, one a parameter; undefined: left out. The streamed one is an array of items. */
export type Arguments = readonly unknown[]

export function blankArguments({ types }: ServiceSchema, { params, stream }: MethodSchema): Arguments {
  return params.map(({ type, optional }, i) => (i === stream ? [] : optional ? undefined : blank(types, type)))
}

/** What the arguments are in one JSON text: the one value, else an object by the parameters' names; '' for none. */
export function textOfArguments({ params, stream }: MethodSchema, args: Arguments): string {
  if (params.length === 0) return ''
  if (params.length === 1 && stream === undefined)
    return args[0] === undefined ? '' : JSON.stringify(args[0], undefined, 2)
  const given = params.flatMap(({ name }, i) => (args[i] === undefined ? [] : [[name, args[i]] as const]))
  return JSON.stringify(Object.fromEntries(given), undefined, 2)
}

/** The same the other way. Throws SyntaxError or RangeError, with what is wrong. */
export function argumentsOfText(method: MethodSchema, text: string): Arguments {
  const { params, stream } = method
  if (text.trim() === '') return params.map(() => undefined)
  const json: unknown = JSON.parse(text)
  if (params.length === 1 && stream === undefined) return [json]
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new RangeError(`{ ${params.map(({ name }) => JSON.stringify(name)).join(', ')} }`)
  }
  const unknown = Object.keys(json).find((key) => !params.some(({ name }) => name === key))
  if (unknown !== undefined)
    throw new RangeError(`${JSON.stringify(unknown)}: { ${params.map(({ name }) => name).join(', ')} }`)
  const named = json as Readonly<Record<string, unknown>>
  return params.map(({ name }) => (Object.hasOwn(named, name) ? named[name] : undefined))
}

/** The same call as a line for a shell. */
export function commandLine(call: {
  readonly service: string
  readonly method: MethodSchema
  readonly args: Arguments
  readonly registry: string
  readonly group?: string | undefined
  readonly version?: string | undefined
  readonly provider?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly metadata: Readonly<Record<string, string>>
}): string {
  const { method, args } = call
  const { stream, params } = method
  const taken = params.flatMap(({ name }, i) => (i === stream ? [] : [{ name, value: args[i] }]))
  const given = taken.filter(({ value }) => value !== undefined)
  const json = taken.length === 1 ? given[0]?.value : Object.fromEntries(given.map(({ name, value }) => [name, value]))
  const items = stream === undefined ? [] : ((args[stream] as readonly unknown[] | undefined) ?? [])
  const words = [
    ...(stream === undefined ? [] : ['printf', "'%s\\n'", ...items.map((item) => quoted(JSON.stringify(item))), '|']),
    'npx tsubo invoke',
    quoted(`${call.service}.${method.name}`),
    ...(given.length === 0 ? [] : [quoted(JSON.stringify(json))]),
    ...(call.provider ? ['--address', quoted(call.provider)] : ['--registry', quoted(call.registry)]),
    ...(call.group ? ['--group', quoted(call.group)] : []),
    ...(call.version ? ['--version', quoted(call.version)] : []),
    ...(call.timeoutMs ? ['--timeout', `${call.timeoutMs}ms`] : []),
    ...Object.entries(call.metadata).flatMap(([name, value]) => ['--metadata', quoted(`${name}=${value}`)]),
  ]
  return words.join(' ')
}

/** For a POSIX shell: nothing in it means anything. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

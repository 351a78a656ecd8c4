import { type Code, RpcError } from '../../error.js'
import { kindOf } from './code.js'
import { within } from './misread.js'
import type { HessianReader } from './reader.js'
import { anything, JavaObject } from './value.js'
import { ClassDefinition, type HessianWriter, TypeName } from './writer.js'

/** So many of a chain of causes are kept, and so many lines of a stack. */
const keptCauses = 10
const keptLines = 100

/** What every Throwable has besides its own fields, as far as it is written: Java fills the rest in. */
export const throwableFields = ['detailMessage', 'cause', 'stackTrace'] as const

const stackTrace = new TypeName('[java.lang.StackTraceElement')
const runtimeException = new ClassDefinition('java.lang.RuntimeException', throwableFields)
const rpcException = new ClassDefinition('org.apache.dubbo.rpc.RpcException', ['code', ...throwableFields])

/**
 * Writes the fields of `throwableFields`. The stack is empty: ours is nobody's business; a null breaks some JDKs. Of its causes
 * those go along that were made for callers: RpcErrors.
 */
export function writeThrowable(out: HessianWriter, message: string, cause?: unknown, depth = 1): void {
  out.string(message)
  if (cause instanceof RpcError && depth <= keptCauses) writeException(out, cause, depth + 1)
  else out.nil()
  out.numbered()
  out.list(0, stackTrace)
}

/** Dubbo's numbers of what went wrong (org.apache.dubbo.rpc.RpcException). 2.7 knows those up to 7. */
const rpcCodes: readonly Code[] = [
  'unknown',
  'unavailable',
  'deadline_exceeded',
  'unknown',
  'permission_denied',
  'internal',
  'unavailable',
  'resource_exhausted',
  'deadline_exceeded',
  'unavailable',
  'unavailable',
  'unimplemented',
  'invalid_argument',
  'unauthenticated',
]

/**
 * Writes an error that no contract declares: an RpcException where Dubbo has a number for its code, so that a consumer
 * in Java sees what it was; else a RuntimeException.
 */
export function writeException(out: HessianWriter, error: RpcError, depth = 1): void {
  const definition = definitionOf(error)
  out.numbered()
  out.object(definition)
  if (definition === rpcException) out.int(rpcCodes.indexOf(error.code))
  writeThrowable(out, error.message, error.cause, depth)
}

function definitionOf({ code }: RpcError): ClassDefinition {
  return code !== 'unknown' && rpcCodes.includes(code) ? rpcException : runtimeException
}

const genericException = new ClassDefinition('org.apache.dubbo.rpc.service.GenericException', [
  'exceptionClass',
  'exceptionMessage',
  ...throwableFields,
])

/** The same for whoever called without knowing any class: by its name, which is `className` for a declared error. */
export function writeGenericException(out: HessianWriter, error: RpcError, className?: string): void {
  out.numbered()
  out.object(genericException)
  out.string(className ?? definitionOf(error).name)
  out.string(error.message)
  writeThrowable(out, error.message)
}

/** A Throwable as it came: nothing in it is more than text. */
interface Thrown {
  readonly className: string
  readonly message: string
  readonly stack: readonly string[]
  readonly cause: Thrown | undefined
  /** The number of an RpcException. */
  readonly code: number | undefined
}

/**
 * Reads a Throwable whose class no contract declares. The error's `details` name its class (`exception`), its causes are
 * its `cause`, each with Java's stack.
 */
export function readException(from: HessianReader): RpcError {
  const thrown = throwable.read(from)
  const { className, message, code } = thrown
  const cause = causeOf(thrown, 0)
  return new RpcError(code === undefined ? 'unknown' : (rpcCodes[code] ?? 'unknown'), message || className, {
    details: { exception: className },
    cause,
  })
}

/** Reads what a Throwable has as its cause; undefined where it has none, which Java says by naming the Throwable itself. */
export function readCause(from: HessianReader): Error | undefined {
  if (from.nil() || from.circles()) return undefined
  return causeOf(throwable.read(from), 0)
}

/** The chain as errors; the first of them is the exception itself, for it has the stack. */
function causeOf({ className, message, stack, cause }: Thrown, depth: number): Error {
  const next = cause && depth < keptCauses ? { cause: causeOf(cause, depth + 1) } : undefined
  const error = new Error(message, next)
  error.name = className
  error.stack = [message ? `${className}: ${message}` : className, ...stack.map((line) => `    at ${line}`)].join('\n')
  return error
}

const throwable = {
  read(from: HessianReader): Thrown {
    if (from.refers()) return from.shared(throwable) as Thrown
    const slot = from.open(throwable)
    const { name, fields } = from.object()
    let message = ''
    let stack: readonly string[] = []
    let cause: Thrown | undefined
    let code: number | undefined
    let generic: string | undefined
    for (const field of fields) {
      try {
        if (from.nil()) continue
        if (field === 'detailMessage') message = from.string()
        else if (field === 'exceptionClass' && isGeneric(name)) generic = from.string()
        else if (field === 'exceptionMessage' && isGeneric(name)) message = from.string()
        else if (field === 'stackTrace') stack = stackOf(anything.read(from))
        // One without a cause names itself; a circle of several ends where it began.
        else if (field === 'cause') cause = from.circles() ? undefined : throwable.read(from)
        else if (field === 'code' && kindOf(from.peek()) === 'int') code = from.int()
        else from.skip()
      } catch (thrown) {
        throw within(thrown, `.${field}`)
      }
    }
    if (name !== rpcException.name && name !== 'com.alibaba.dubbo.rpc.RpcException') code = undefined
    return from.close(slot, { className: generic ?? name, message, stack, cause, code })
  },
}

/** A generic call fails by an exception that names another one. */
function isGeneric(className: string): boolean {
  return className === genericException.name || className === 'com.alibaba.dubbo.rpc.service.GenericException'
}

/** `com.miao.Server.book(Server.java:12)`, as Java prints it. */
function stackOf(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, keptLines).flatMap((element: unknown) => {
    if (!(element instanceof JavaObject)) return []
    const { declaringClass, methodName, fileName, lineNumber } = element.fields
    const line = typeof lineNumber === 'number' && lineNumber > 0 ? `:${lineNumber}` : ''
    return [
      `${declaringClass}.${methodName}(${typeof fileName === 'string' ? `${fileName}${line}` : 'Unknown Source'})`,
    ]
  })
}

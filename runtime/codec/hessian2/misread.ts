import { RpcError } from '../../error.js'
import { malformed, mismatch } from '../protobuf.js'
import { kindOf } from './code.js'

/** Bytes that are not the value that was expected. On its way out each list, map and object puts before it where it was. */
export class Misread extends Error {
  path = ''

  /** `.price` of an object, `[3]` of a list. */
  within(step: string): this {
    // Somebody else's names: as long a path as a person reads, and no longer.
    if (this.path.length < 1000) this.path = step + this.path
    return this
  }
}

/** Puts a step before the path of a misread value; other errors stay as they are. */
export function within(thrown: unknown, step: string): unknown {
  return thrown instanceof Misread ? thrown.within(step) : thrown
}

/** "expected an int, got a string". */
export function expected(what: string, byte: number): Misread {
  const kind = kindOf(byte)
  return new Misread(
    `expected ${what}, got ${kind === 'null' ? kind : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`}`,
  )
}

/** The longest name of a class, type or field that is shown in an error. */
const shownName = 100

export function shown(name: string): string {
  return JSON.stringify(name.length > shownName ? `${name.slice(0, shownName)}...` : name)
}

/** Reads by `read`; what is misread becomes the RpcError to fail with, and says what it was. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw thrown instanceof Misread ? malformed(`${what}${thrown.path}: ${thrown.message}`) : thrown
  }
}

/** Writes by `write` what no contract describes; throws RpcError `invalid_argument` where it can't be written. */
export function writing(what: string, write: () => void): void {
  try {
    write()
  } catch (thrown) {
    if (thrown !== mismatch) throw thrown
    throw new RpcError('invalid_argument', `the ${what} can't be encoded: functions, symbols, circles and the like`)
  }
}

import { type JavaType, javaDescriptor } from '../../schema/java-type.js'
import type { Scalar } from '../../schema/schema.js'
import { mismatch } from '../protobuf.js'
import { kindOf } from './code.js'
import { writeDateAs, writeTextAs } from './java-moment.js'
import { type Coder, decimalText, scalarCoders, writeBigInteger, writeDecimal } from './scalars.js'
import { ClassDefinition, type HessianWriter } from './writer.js'

/** What a scalar is in Java where the contract says more than its own type does: `Instant` of a Date, `long` of an int32. */
export function scalarAs(scalar: Scalar, java: JavaType): Coder {
  const plain = scalarCoders[scalar]
  if (java.dimensions > 0) return plain
  switch (scalar) {
    case 'boolean':
    case 'bytes':
    case 'json':
      return plain
    case 'string':
      return stringAs(java.name) ?? plain
    case 'date': {
      const write = writeDateAs.get(java.name)
      return write ? { ...plain, write: (out, value) => write(out, moment(value)) } : plain
    }
    case 'decimal':
      return java.name === 'java.math.BigInteger' ? { ...plain, write: writeDigits } : plain
    default:
      return numberAs(plain, java) ?? plain
  }
}

function moment(value: unknown): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw mismatch
  return value
}

function writeDigits(out: HessianWriter, value: unknown): void {
  if (typeof value !== 'string' || !/^-?\d{1,1200}$/.test(value)) throw mismatch
  writeBigInteger(out, BigInt(value))
}

/** Classes that hessian writes as the text that they hold. */
const texts = new Set([
  'char',
  'java.lang.Character',
  'java.lang.CharSequence',
  'java.lang.Comparable',
  'java.lang.Object',
  'java.lang.String',
  'java.lang.StringBuilder',
  'java.io.Serializable',
])

function stringAs(name: string): Coder | undefined {
  if (texts.has(name)) return undefined
  const write = writeTextAs.get(name) ?? enumConstant(name)
  return {
    write(out, value) {
      if (typeof value !== 'string') throw mismatch
      write(out, value)
    },
    read: scalarCoders.string.read,
  }
}

/** Any other class of a text is an enum, the text its constant's name. */
function enumConstant(name: string): (out: HessianWriter, text: string) => void {
  const definition = new ClassDefinition(name, ['name'])
  return (out, text) => {
    out.numbered()
    out.object(definition)
    out.string(text)
  }
}

const bits: Readonly<Record<string, number>> = { B: 8, S: 16, I: 32 }
const boxed: Readonly<Record<string, string>> = {
  'Ljava/lang/Byte;': 'B',
  'Ljava/lang/Double;': 'D',
  'Ljava/lang/Float;': 'F',
  'Ljava/lang/Integer;': 'I',
  'Ljava/lang/Long;': 'J',
  'Ljava/lang/Short;': 'S',
}

function numberAs(plain: Coder, java: JavaType): Coder | undefined {
  const code = javaDescriptor(java)
  const write = numberWriter(boxed[code] ?? code)
  if (!write) return undefined
  return {
    write(out, value) {
      if (typeof value !== 'number' && typeof value !== 'bigint') throw mismatch
      write(out, value)
    },
    read(from) {
      const kind = kindOf(from.peek())
      // BigInteger and BigDecimal: by their digits, which a bigint holds and a number does as far as it can.
      if (kind !== 'object' && kind !== 'reference') return plain.read(from)
      const text = decimalText(from)
      return plain === scalarCoders.int64 || plain === scalarCoders.uint64 ? BigInt(text) : Number(text)
    },
  }
}

function numberWriter(code: string): ((out: HessianWriter, value: number | bigint) => void) | undefined {
  switch (code) {
    case 'B':
    case 'S':
    case 'I': {
      const half = 2 ** ((bits[code] as number) - 1)
      return (out, value) => {
        const number = Number(value)
        if (!Number.isInteger(number) || number < -half || number >= half) throw mismatch
        out.int(number)
      }
    }
    case 'J':
      return (out, value) => {
        if (typeof value === 'bigint' ? BigInt.asIntN(64, value) !== value : !Number.isSafeInteger(value))
          throw mismatch
        out.long(value)
      }
    case 'D':
    case 'F':
      return (out, value) => out.double(Number(value))
    case 'Ljava/math/BigInteger;':
      return (out, value) => {
        if (typeof value === 'number' && !Number.isSafeInteger(value)) throw mismatch
        writeBigInteger(out, BigInt(value))
      }
    case 'Ljava/math/BigDecimal;':
      return (out, value) => {
        if (typeof value === 'number' && !Number.isFinite(value)) throw mismatch
        writeDecimal(out, String(value))
      }
    default:
      return undefined
  }
}

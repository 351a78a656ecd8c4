import { ts } from '../compiler.js'

/** What to write instead of types that look right but don't travel. */
const instead: Readonly<Record<string, string>> = {
  any: 'write unknown for any JSON value, or name the type',
  object: 'write unknown for any JSON value, or declare an interface with the properties',
  null: 'write a type beside it: string | null',
  undefined: 'leave it out: x?: T',
  void: 'leave it out: x?: T',
  never: 'leave it out',
  symbol: 'write string, or declare an enum',
  Promise: 'only a method returns a Promise: write what it resolves to',
  AsyncIterable: 'only a method streams: write it as the result or as a parameter',
  AsyncGenerator: 'write AsyncIterable<T>',
  AsyncIterableIterator: 'write AsyncIterable<T>',
  Iterable: 'write T[]',
  WeakMap: 'write Map<K, V>',
  WeakSet: 'write Set<T>',
  Buffer: 'write Uint8Array',
  ArrayBuffer: 'write Uint8Array',
  Number: 'write number',
  String: 'write string',
  Boolean: 'write boolean',
  BigInt: 'write bigint',
  Object: 'write unknown for any JSON value, or declare an interface with the properties',
  RegExp: 'write string',
  Error: 'declare an interface that extends Error and name it in @throws',
}

/** The way out for a type that can't be read. */
export function unsupportedFix(node: ts.TypeNode, text: string): string {
  const word = /^[A-Za-z_]\w*/.exec(text)?.[0] ?? ''
  if (ts.isFunctionTypeNode(node) || ts.isConstructorTypeNode(node))
    return 'leave it out: functions stay where they are'
  if (ts.isTemplateLiteralTypeNode(node)) return 'write string, with the pattern as a tag: @pattern ^x'
  if (ts.isLiteralTypeNode(node)) return instead[text] ?? 'write string, number, bigint or boolean'
  if (ts.isIntersectionTypeNode(node)) return 'an intersection has objects on both sides: write the plain type'
  if (ts.isConditionalTypeNode(node) || ts.isMappedTypeNode(node)) return 'write the type that comes out of it'
  if (ts.isUnionTypeNode(node)) return 'write its alternatives one by one'
  return (Object.hasOwn(instead, word) ? instead[word] : undefined) ?? 'declare an interface with the properties'
}

import { expect, test } from 'vitest'
import { ProtobufReader } from '../../runtime/codec/protobuf.js'
import type { Find, Target } from '../../runtime/dispatcher.js'
import { RpcError } from '../../runtime/error.js'
import { Declarations } from '../../runtime/wire/declarations.js'

const server = (): Find => () => new RpcError('unimplemented', 'nothing is here')
const target = (name: string) => ({ method: { path: name } }) as Target
const at = (text: string) => {
  const bytes = Buffer.from(`before ${text} behind`)
  return new ProtobufReader().aim(bytes, 7, 7 + text.length)
}

test('one that came before means what it meant then, to the same server only', () => {
  const find = server()
  const known = Declarations.of(find)
  const book = target('book')
  known.add(Buffer.from('book'), book)
  expect(Declarations.of(find).find(at('book'))).toEqual([book])
  expect(known.find(at('boo'))).toBeUndefined()
  expect(Declarations.of(server()).find(at('book'))).toBeUndefined()
})

test('two of equal hash are told apart', () => {
  const known = Declarations.of(server())
  // 31 * 'A' + 'a' = 31 * 'B' + 'B'
  known.add(Buffer.from('Aa'), target('Aa'))
  expect(known.find(at('BB'))).toBeUndefined()
  const later = target('BB')
  known.add(Buffer.from('BB'), later)
  expect(known.find(at('BB'))?.[0]).toBe(later)
  expect(known.find(at('Aa'))).toBeUndefined()
})

test('what it remembers is a copy, and bounded in number and size', () => {
  const known = Declarations.of(server())
  const bytes = Buffer.from('kept')
  known.add(bytes, target('kept'))
  bytes.fill(0)
  expect(known.find(at('kept'))).toBeDefined()
  known.add(Buffer.alloc(1025, 'x'), target('large'))
  expect(known.find(at('x'.repeat(1025)))).toBeUndefined()
  for (let i = 0; i < 1000; i++) known.add(Buffer.from(`other ${i}`), target('other'))
  expect(known.find(at('kept'))).toBeUndefined()
  expect(known.find(at('other 999'))).toBeDefined()
})

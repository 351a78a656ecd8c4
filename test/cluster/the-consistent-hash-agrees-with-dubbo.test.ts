import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { consistentHash } from '../../runtime/cluster/consistent-hash.js'
import { md5 } from '../../runtime/cluster/md5.js'
import type { Node } from '../../runtime/cluster/node.js'
import type { Scalar } from '../../runtime/schema/schema.js'
import { newCall, newNode, newNodes } from '../support/nodes.js'

/**
 * The ring as Dubbo describes it, told once more in the plainest words: 40 digests of `address` + number, four words each,
 * sorted; the owner of a key is that of the first point at or after it. Nothing is shared with what is tested.
 */
function dubboRing(addresses: readonly string[], replicas = 160): (key: string) => string {
  const ring = new Map<number, string>()
  for (const address of addresses) {
    for (let i = 0; i < replicas / 4; i++) {
      const digest = createHash('md5').update(`${address}${i}`).digest()
      for (let word = 0; word < 4; word++) ring.set(digest.readUInt32LE(word * 4), address)
    }
  }
  const points = [...ring.keys()].sort((a, b) => a - b)
  return (key) => {
    const hash = createHash('md5').update(key).digest().readUInt32LE(0)
    return ring.get(points.find((point) => point >= hash) ?? (points[0] as number)) as string
  }
}

const addressOf = (node: Node | undefined) => `${node?.address.host}:${node?.address.port}`

test('the same provider for the same addresses and arguments', () => {
  const nodes = newNodes(17)
  const pick = consistentHash()(nodes)
  const owner = dubboRing(nodes.map(addressOf))
  for (let i = 0; i < 2000; i++) {
    const key = `user-${i}-北京-${'x'.repeat(i % 130)}`
    expect(addressOf(pick(newCall([key])))).toBe(owner(key))
  }
})

/**
 * What `ConsistentHashLoadBalance` of org.apache.dubbo:dubbo:2.7.3 chose on OpenJDK 17 among providers at 10.0.0.1:20880,
 * 10.0.0.2:20881, 10.0.0.3:20882, 10.0.0.4:20880 ...
 */
describe("Dubbo's own choices", () => {
  const listed = (count: number, params = {}) =>
    Array.from({ length: count }, (_, i) => newNode(`10.0.0.${i + 1}`, 20880 + (i % 3), { params }))
  test.each([
    [
      'by default',
      7,
      {},
      '2011362320145525463202614531154635123062525564010224226066111036164364346605652540023566260625350322',
    ],
    [
      'with 16 points a provider',
      3,
      { 'find.hash.nodes': '16' },
      '2011000201020000101201021001221202121101221110011121020010221200001020022100220211001210212102100121',
    ],
    [
      'by two arguments',
      7,
      { 'find.hash.arguments': '1,0', 'find.hash.nodes': '320' },
      '3466314626046510460442116046430240426526114251661201013201260133516404350216052121420400050235064601',
    ],
  ])('%s', (_title, count, params, chosen) => {
    const nodes = listed(count, params)
    const pick = consistentHash()(nodes)
    const choices = Array.from({ length: 100 }, (_, i) =>
      nodes.indexOf(pick(newCall([`user-${i}-北京`, 'other'])) as Node),
    )
    expect(choices.join('')).toBe(chosen)
  })

  test.each<[unknown, Scalar, number]>([
    [0, 'int32', 148],
    [-1, 'int32', 156],
    [42, 'int32', 20],
    [2147483647, 'int32', 136],
    [42n, 'int64', 20],
    [-9223372036854775808n, 'int64', 51],
    [true, 'boolean', 107],
    [false, 'boolean', 148],
    [1, 'double', 194],
    [0.5, 'double', 63],
    [-0, 'double', 143],
    [1e7, 'double', 1],
    [123456789.25, 'double', 116],
    [0.00012, 'double', 52],
    [1e-10, 'double', 56],
    [1e21, 'double', 156],
    [Number.NaN, 'double', 139],
    [Number.NEGATIVE_INFINITY, 'double', 108],
    [Math.fround(0.1), 'float', 164],
    [16777216, 'float', 127],
    [Math.fround(3.4028235e38), 'float', 21],
    ['', 'string', 77],
    ['null', 'string', 147],
  ])('%s as %s', (value, type, chosen) => {
    const nodes = listed(200)
    expect(nodes.indexOf(consistentHash()(nodes)(newCall([value], [type])) as Node)).toBe(chosen)
  })
})

test('providers say which arguments count and how many points they have', () => {
  const params = { 'hash.arguments': '1', 'find.hash.arguments': '2,0', 'hash.nodes': '320' }
  const nodes = newNodes(5, () => ({ params }))
  const pick = consistentHash()(nodes)
  const owner = dubboRing(nodes.map(addressOf), 320)
  for (let i = 0; i < 300; i++) expect(addressOf(pick(newCall([`a${i}`, 'b', `c${i}`])))).toBe(owner(`c${i}a${i}`))
})

test('what a provider says that makes no sense is not taken', () => {
  const nodes = newNodes(5, () => ({ params: { 'hash.arguments': '-1,x', 'hash.nodes': '1e9' } }))
  const owner = dubboRing(nodes.map(addressOf))
  const pick = consistentHash()(nodes)
  for (let i = 0; i < 100; i++) expect(addressOf(pick(newCall([`a${i}`])))).toBe(owner(`a${i}`))
})

describe('arguments are written as Java writes them', () => {
  const nodes = newNodes(200)
  const pick = consistentHash()(nodes)
  const owner = dubboRing(nodes.map(addressOf))
  test.each<[unknown, Scalar, string]>([
    [42, 'int32', '42'],
    [42n, 'int64', '42'],
    [true, 'boolean', 'true'],
    [undefined, 'string', 'null'],
    [1, 'double', '1.0'],
    [0.5, 'double', '0.5'],
    [-0, 'double', '-0.0'],
    [1e7, 'double', '1.0E7'],
    [123456789.25, 'double', '1.2345678925E8'],
    [0.00012, 'double', '1.2E-4'],
    [1e-10, 'double', '1.0E-10'],
    [1e21, 'double', '1.0E21'],
    [Number.NaN, 'double', 'NaN'],
    [Number.NEGATIVE_INFINITY, 'double', '-Infinity'],
    [Math.fround(0.1), 'float', '0.1'],
    [Math.fround(16777216), 'float', '1.6777216E7'],
    ['', 'string', ''],
  ])('%s as %s is %s', (value, type, text) => {
    expect(addressOf(pick(newCall([value], [type])))).toBe(owner(text))
  })
})

test('at most 1.2/n of the keys move when one of n leaves, and only its own', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => newCall([`key-${i}`]))
  const nodes = newNodes(20)
  const before = keys.map((key) => addressOf(consistentPick(key)))
  const gone = nodes[7] as Node
  const after = consistentHash()(nodes.filter((node) => node !== gone))
  const moved = keys.filter((key, i) => addressOf(after(key)) !== before[i])
  expect(moved.every((key) => addressOf(consistentPick(key)) === addressOf(gone))).toBe(true)
  expect(moved.length / keys.length).toBeLessThanOrEqual(1.2 / nodes.length)

  function consistentPick(key: (typeof keys)[number]) {
    picks ??= consistentHash()(nodes)
    return picks(key)
  }
})
let picks: ReturnType<ReturnType<typeof consistentHash>> | undefined

test('while one is down its keys go to the next on the ring, the others stay', () => {
  const nodes = newNodes(10, (i) => ({ available: i !== 3 }))
  const pick = consistentHash()(nodes)
  const owner = dubboRing(nodes.filter((_, i) => i !== 3).map(addressOf))
  for (let i = 0; i < 500; i++) expect(addressOf(pick(newCall([`k${i}`])))).toBe(owner(`k${i}`))
})

test('a call that failed at its provider goes to the next on the ring', () => {
  const nodes = newNodes(10)
  const pick = consistentHash()(nodes)
  for (let i = 0; i < 100; i++) {
    const call = newCall([`k${i}`])
    const first = pick(call) as Node
    const rest = dubboRing(nodes.filter((node) => node !== first).map(addressOf))
    expect(addressOf(pick(call, [first]))).toBe(rest(`k${i}`))
  }
})

test('a list that is down as a whole is still called', () => {
  const nodes = newNodes(3, () => ({ available: false }))
  expect(consistentHash()(nodes)(newCall(['a']))).toBeDefined()
  expect(consistentHash()([newNode('10.0.0.1', 1, { weight: 0 })])(newCall(['a']))).toBeDefined()
})

test('its digest is MD5', () => {
  for (let length = 0; length < 300; length++) {
    const text = `${'ä€😀'.slice(0, length % 5)}${'a'.repeat(length)}`
    const digest = createHash('md5').update(text).digest()
    expect([...md5(text)]).toEqual([0, 4, 8, 12].map((at) => digest.readInt32LE(at)))
  }
})

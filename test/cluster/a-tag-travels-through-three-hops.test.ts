import { afterEach, describe, expect, test } from 'vitest'
import { conditionRouter } from '../../runtime/cluster/condition-router.js'
import type { Node } from '../../runtime/cluster/node.js'
import { type TagRule, tagRouter } from '../../runtime/cluster/tag-router.js'
import { createClient, createServer, memory, type RunningServer } from '../../runtime/index.js'
import { framed } from '../../runtime/protocol/framed.js'
import type { Protocol } from '../../runtime/protocol/protocol.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { newCall, newNode } from '../support/nodes.js'

let open: { close(graceMs?: number): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.reverse()) await one.close(100)
  open = []
})

const wires: readonly (readonly [string, Protocol])[] = [
  ['the native wire', framed()],
  ["Dubbo's wire", framed({}, dubbo)],
]

test.each(wires)(
  '%s: 1,000 tagged calls touch gray only, 1,000 untagged none; a hop without gray falls back and the next returns',
  async (_, wire) => {
    const registry = memory(`three hops over ${wire.name}`)
    const client = createClient({ registry, passOn: ['tenant'], protocols: [wire] })
    open.push(registry, client)

    /** Serves a hop, whose handler calls the next one and says on its way through whom it went. */
    const serve = async (hop: number, name: 'gray' | 'base'): Promise<RunningServer> => {
      const next = new EchoServiceClient(client, { version: String(hop + 1) })
      const service = new Echo(async (value, call) => {
        const tenant = String(call.metadata?.tenant ?? '-')
        return `${name}(${tenant})${hop < 3 ? ` ${await next.echo(value)}` : ''}`
      })
      const params = name === 'gray' ? { 'dubbo.tag': 'gray' } : {}
      const services = [{ service, version: String(hop), params }]
      const server = await createServer({ services, protocols: [wire] }).listen({ registry, host: '127.0.0.1' })
      open.push(server)
      return server
    }
    const routes = async (calls: number, metadata: Record<string, string>): Promise<Set<string>> => {
      const first = new EchoServiceClient(client, { version: '1', metadata, timeoutMs: 10_000 })
      const seen = new Set<string>()
      for (let done = 0; done < calls; done += 50) {
        for (const route of await Promise.all(Array.from({ length: 50 }, () => first.echo('x')))) seen.add(route)
      }
      return seen
    }

    const hops = [1, 2, 3]
    const gray = await Promise.all(hops.map((hop) => serve(hop, 'gray')))
    await Promise.all(hops.map((hop) => serve(hop, 'base')))

    const tagged = { 'dubbo.tag': 'gray', tenant: 'acme' }
    expect(await routes(1000, tagged)).toEqual(new Set(['gray(acme) gray(acme) gray(acme)']))
    expect(await routes(1000, {})).toEqual(new Set(['base(-) base(-) base(-)']))

    await gray[1]?.close(100)
    expect(await routes(100, tagged)).toEqual(new Set(['gray(acme) base(acme) gray(acme)']))
    await expect(routes(50, { ...tagged, 'dubbo.force.tag': 'true' })).rejects.toThrow('with the tag "gray"')
  },
  20_000,
)

describe('the tag router', () => {
  const gray = newNode('10.0.0.1', 20880, { params: { 'dubbo.tag': 'gray' } })
  const base = newNode('10.0.0.2', 20880)
  const other = newNode('10.0.0.3', 20881)
  const nodes = [gray, base, other]
  const route = (rule: TagRule | undefined, metadata: Record<string, string>, among: readonly Node[] = nodes) => {
    const call = newCall()
    call.metadata = metadata
    return [...tagRouter(rule)(among)(call)]
  }

  test.each<[string, TagRule | undefined, Record<string, string>, readonly Node[]]>([
    ['no tag', undefined, {}, [base, other]],
    ['a tag', undefined, { 'dubbo.tag': 'gray' }, [gray]],
    ['a tag nobody has', undefined, { 'dubbo.tag': 'blue' }, [base, other]],
    ['a tag nobody has, forced', undefined, { 'dubbo.tag': 'blue', 'dubbo.force.tag': 'true' }, []],
    [
      'a rule that names an address',
      { tags: [{ name: 'blue', addresses: ['10.0.0.3:20881'] }] },
      { 'dubbo.tag': 'blue' },
      [other],
    ],
    ['no tag beside it', { tags: [{ name: 'blue', addresses: ['10.0.0.3:20881'] }] }, {}, [base]],
    [
      'one with stars',
      { tags: [{ name: 'blue', addresses: ['10.0.*.*:20880'] }] },
      { 'dubbo.tag': 'blue' },
      [gray, base],
    ],
    [
      'one for every host',
      { tags: [{ name: 'blue', addresses: ['0.0.0.0:20881'] }] },
      { 'dubbo.tag': 'blue' },
      [other],
    ],
    [
      'one whose addresses are gone',
      { tags: [{ name: 'blue', addresses: ['10.9.9.9'] }] },
      { 'dubbo.tag': 'blue' },
      [base, other],
    ],
    [
      'the same, forced by the rule',
      { force: true, tags: [{ name: 'blue', addresses: ['10.9.9.9'] }] },
      { 'dubbo.tag': 'blue' },
      [],
    ],
    [
      'one that is switched off',
      { enabled: false, tags: [{ name: 'blue', addresses: ['10.0.0.3'] }] },
      { 'dubbo.tag': 'blue' },
      [base, other],
    ],
    ['one that only knows the name', { tags: [{ name: 'gray' }] }, { 'dubbo.tag': 'gray' }, [gray]],
  ])('%s', (_name, rule, metadata, expected) => {
    expect(route(rule, metadata)).toEqual(expected)
  })

  test('the same subset is the same array', () => {
    const routing = tagRouter()(nodes)
    const call = newCall()
    expect(routing(call)).toBe(routing(newCall()))
    call.metadata = { 'dubbo.tag': 'gray' }
    expect(routing(call)).toBe(routing(call))
  })

  test('those of the tag that are all down count as none, unless forced', () => {
    const down = newNode('10.0.0.4', 1, { available: false, params: { 'dubbo.tag': 'gray' } })
    expect(route(undefined, { 'dubbo.tag': 'gray' }, [down, base])).toEqual([base])
    expect(route(undefined, { 'dubbo.tag': 'gray', 'dubbo.force.tag': 'true' }, [down, base])).toEqual([down])
  })
})

describe('the condition router', () => {
  const a = newNode('10.0.0.1', 20880, { params: { region: 'hangzhou' } })
  const b = newNode('10.0.0.2', 20880, { params: { region: 'beijing' } })
  const c = newNode('10.0.1.3', 20881, { params: { region: 'beijing', env: 'gray' } })
  const nodes = [a, b, c]
  const consumer = { application: 'web', host: '10.0.0.2', region: 'beijing' }
  const route = (force: boolean, ...conditions: string[]) => {
    const call = newCall(['vip-7', 12], ['string', 'int32'])
    call.metadata = { tenant: 'acme' }
    return [...conditionRouter({ force, conditions }, consumer)(nodes)(call)]
  }

  test.each<[string, readonly Node[]]>([
    ['method=find => host=10.0.0.1', [a]],
    ['method=find*,list => host=10.0.0.*', [a, b]],
    ['method!=find => host=10.0.0.1', nodes],
    [' => region=beijing', [b, c]],
    ['=> region!=beijing', [a]],
    ['=> region=beijing & env=gray', [c]],
    ['application=web => address=10.0.1.3:20881', [c]],
    ['application!=web => address=10.0.1.3:20881', nodes],
    ['=> region=$region', [b, c]],
    ['host=$host => host=$host', [b]],
    ['arguments[0]=vip* => port=20881', [c]],
    ['arguments[1]=10~20 => port=20881', [c]],
    ['arguments[1]=13~ => port=20881', nodes],
    ['attachments[tenant]=acme => port=20881', [c]],
    ['attachments[missing]=acme => port=20881', nodes],
    ['attachments[missing]!=acme => port=20881', nodes],
    ['method=find => ', []],
    ['application=other => ', nodes],
    ['host=10.0.0.1', [a]],
    ['method=find => host=10.9.9.9', nodes],
  ])('%s', (condition, expected) => {
    expect(route(false, condition)).toEqual(expected)
  })

  test('force keeps a condition that leaves nobody', () => {
    expect(route(true, 'method=find => host=10.9.9.9')).toEqual([])
  })

  test('conditions narrow down one after the other; contradicting ones leave what the first left, unless forced', () => {
    expect(route(false, '=> region=beijing', '=> port=20881')).toEqual([c])
    expect(route(false, '=> region=beijing', '=> region=hangzhou')).toEqual([b, c])
    expect(route(true, '=> region=beijing', '=> region=hangzhou')).toEqual([])
  })

  test.each(['', 'a b => c=d', 'x=> =y', 'method => host=a', '=> host=a,,b', `=> host=${'a'.repeat(5000)}`, '=> a==b'])(
    'refused: %s',
    (condition) => {
      expect(() => conditionRouter({ conditions: [condition] })).toThrow(RangeError)
    },
  )
})

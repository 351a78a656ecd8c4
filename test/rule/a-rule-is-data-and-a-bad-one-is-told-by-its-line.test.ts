import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type RuleKind, readRule, ruleKindOf } from '../../runtime/rule/read-rule.js'
import { serviceKey } from '../../runtime/service-key.js'
import { root } from '../support/child.js'

const read = (kind: RuleKind, text: string | Uint8Array) =>
  readRule(kind, typeof text === 'string' ? Buffer.from(text) : text)

describe('Dubbo`s own forms are read', () => {
  it('a tag router', async () => {
    const rule = await read(
      'tag-router',
      `configVersion: v3.0
force: true
enabled: true
runtime: true
priority: 1
key: shop
tags:
 - name: gray
   addresses: ["10.0.0.5:20880"]
 - name: blue
   match:
    - key: region
      value: { prefix: hang }
`,
    )
    expect(rule).toMatchObject({ kind: 'tag-router', tag: { force: true, enabled: true } })
    if (rule.kind !== 'tag-router') throw new Error()
    const [gray, blue] = rule.tag.tags
    expect(gray).toEqual({ name: 'gray', addresses: ['10.0.0.5:20880'] })
    expect(blue?.match?.(new Map([['region', 'hangzhou']]))).toBe(true)
    expect(blue?.match?.(new Map([['region', 'beijing']]))).toBe(false)
    expect(blue?.match?.(new Map())).toBe(false)
  })

  it('a condition router', async () => {
    const text =
      'scope: service\nforce: false\nkey: com.acme.Users\nconditions:\n - method=get* => host=10.0.0.5\n - application=web =>\n'
    expect(await read('condition-router', text)).toEqual({
      kind: 'condition-router',
      priority: 0,
      condition: { enabled: true, force: false, conditions: ['method=get* => host=10.0.0.5', 'application=web =>'] },
    })
  })

  it('configurators, also as JSON', async () => {
    const config = { side: 'consumer', applications: ['web'], parameters: { timeout: 6000, 'book.retries': 0 } }
    const rule = await read('configurators', JSON.stringify({ configVersion: 'v2.7', configs: [config] }))
    if (rule.kind !== 'configurators') throw new Error()
    expect(rule.overrides[0]?.calls).toEqual(
      new Map([
        ['', { timeout: '6000' }],
        ['book', { retries: '0' }],
      ]),
    )
  })
})

it('Dubbo`s older list of override URLs', async () => {
  const [one, two] = [
    'override://10.0.0.5:20880/com.acme.Users?category=configurators&side=provider&dynamic=false&weight=5',
    'override://0.0.0.0/com.acme.Users?side=consumer&application=web&timeout=3000&get.retries=1',
  ]
  const rule = await read('configurators', JSON.stringify([one, two]))
  if (rule.kind !== 'configurators') throw new Error()
  expect(rule.overrides.map(({ provider }) => provider?.weight)).toEqual([5, undefined])
  expect(rule.overrides[1]?.calls.get('')).toEqual({ timeout: '3000' })
  const users = serviceKey('com.acme.Users')
  expect(rule.overrides[1]?.concerns({ application: 'web', hosts: ['10.0.0.1'] }, users)).toBe(true)
  expect(rule.overrides[1]?.concerns({ application: 'app', hosts: ['10.0.0.1'] }, users)).toBe(false)
  expect(rule.overrides[1]?.concerns({ application: 'web', hosts: ['10.0.0.1'] }, serviceKey('b.C'))).toBe(false)
  await expect(read('configurators', `[\n"${one}",\n"route://x"]`)).rejects.toThrow(
    /^line 3: \[1\]: "route:..x" is not/,
  )
  await expect(read('configurators', '["override://1.2.3.4/b.C?timeout=x"]')).rejects.toThrow(/^line 1: .*timeout/)
})

it('what docs/governance.md shows is taken', async () => {
  const text = readFileSync(`${root}docs/governance.md`, 'utf8')
  const shown = [...text.matchAll(/```yaml\n# (\S+)\n([^`]*)```/g)]
  expect(shown).toHaveLength(3)
  for (const [, key = '', rule = ''] of shown) {
    const kind = ruleKindOf(key)
    expect(kind).toBeDefined()
    if (kind) await read(kind, rule)
  }
})

describe('refused, with the line and what would do', () => {
  const deep = (open: string, text = '') => `tags: ${open.repeat(8_000)}${text}`
  it.each<[string, RuleKind, string | Uint8Array, RegExp]>([
    [
      'an unknown key',
      'tag-router',
      'tags:\n - name: gray\n   adresses: []',
      /^line 3: tags\[0\]\.adresses: .*did you mean "addresses"/,
    ],
    [
      'an unknown parameter',
      'configurators',
      'configs:\n - parameters:\n    timout: 5',
      /^line 3: configs\[0\]\.parameters\.timout: .*"timeout"/,
    ],
    [
      'a parameter that is no number',
      'configurators',
      'configs:\n - parameters: { timeout: soon }',
      /timeout: "soon" is not a whole number/,
    ],
    [
      'a balancer that there isn`t',
      'configurators',
      'configs:\n - parameters: { loadbalance: best }',
      /"best" is not one of random/,
    ],
    [
      'a mock that is code',
      'configurators',
      'configs:\n - parameters: { mock: "com.acme.Mock" }',
      /mock: "com.acme.Mock" is not one of/,
    ],
    [
      'a weight below nothing',
      'configurators',
      'configs:\n - parameters: { weight: -1 }',
      /"-1" is not a whole number from 0/,
    ],
    [
      'a timeout for one provider',
      'configurators',
      'configs:\n - providerAddresses: ["10.0.0.5:1"]\n   parameters: { timeout: 5 }',
      /holds for a method/,
    ],
    [
      'a timeout for whom?',
      'configurators',
      'configs:\n - addresses: [10.0.0.5]\n   parameters: { timeout: 5 }',
      /addresses of consumers take "side: consumer"/,
    ],
    [
      'a condition without values',
      'condition-router',
      'conditions:\n - method= => host=1',
      /^line 2: conditions\[0\]: .*not written as key=value/,
    ],
    [
      'conditions of the multi-destination form',
      'condition-router',
      'conditions:\n - from: { match: a }',
      /^line 2: conditions\[0\]: is a text/,
    ],
    [
      'a tag that stands twice',
      'tag-router',
      'tags:\n - { name: a, addresses: [a] }\n - { name: a, addresses: [b] }',
      /^line 3: .*"a" is there already/,
    ],
    [
      'a regular expression',
      'tag-router',
      'tags:\n - name: a\n   match: [{ key: a, value: { regex: "(a+)+" } }]',
      /there is no "regex"/,
    ],
    ['text instead of flags', 'tag-router', 'force: maybe', /^line 1: force: /],
    ['a key that stands twice', 'tag-router', 'force: true\nforce: false', /^line 2: .*unique/],
    ['an own tag', 'tag-router', 'tags: !!js/function "() => 1"', /^line 1: /],
    ['a local tag', 'tag-router', 'tags: !include /etc/passwd', /^line 1: /],
    ['a binary', 'tag-router', 'key: !!binary aGk=', /^line 1: /],
    ['an alias', 'tag-router', 'tags: &a []\nkey: *a', /are not taken/],
    ['a merge key', 'tag-router', '<<: { force: true }', /there is no "<<"/],
    ['__proto__', 'tag-router', '__proto__: { force: true }', /there is no "__proto__"/],
    ['a second document', 'tag-router', 'force: true\n---\nforce: false', /^line 2: /],
    ['nothing', 'tag-router', '# later', /^is empty/],
    ['a list', 'tag-router', '- 1', /^line 1: /],
    ['a broken text', 'tag-router', 'tags: [', /^line 1: /],
    ['invalid UTF-8', 'tag-router', Buffer.from([0x6b, 0x3a, 0x20, 0xff, 0xfe]), /^is not UTF-8/],
    ['1 MB', 'tag-router', Buffer.alloc(1 << 20, 0x20), /^1048576 bytes; a rule has at most 65536/],
    ['lists in lists', 'tag-router', deep('['), /more than 16 levels/],
    ['lists in lists, a line', 'tag-router', deep('\n- - - - ', '1'), /./],
    ['dashes', 'tag-router', `tags:\n ${'- '.repeat(30_000)}1`, /more than 16 levels/],
    ['maps in maps', 'tag-router', deep('{ a: '), /more than 16 levels/],
    ['keys of keys', 'tag-router', `${'? '.repeat(30_000)}1`, /more than 16 levels/],
    ['deeper than any rule', 'tag-router', `key: ${'['.repeat(30)}${']'.repeat(30)}`, /more than 16 levels/],
  ])('%s', async (_name, kind, text, message) => {
    const begun = performance.now()
    const error = await read(kind, text).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'RuleError', message: expect.stringMatching(message) })
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  it('an alias bomb', async () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]']
    for (let i = 98; i < 106; i++) {
      const before = String.fromCharCode(i - 1)
      lines.push(`${String.fromCharCode(i)}: &${String.fromCharCode(i)} [${`*${before},`.repeat(9)}]`)
    }
    await expect(read('tag-router', lines.join('\n'))).rejects.toThrow(/are not taken/)
  })

  it('64 KiB of indentation take no time', async () => {
    let text = ''
    for (let i = 0; text.length < 60_000; i++) text += `${' '.repeat(i)}a:\n`
    const begun = performance.now()
    await expect(read('tag-router', text)).rejects.toThrow(/levels|line 1/)
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})

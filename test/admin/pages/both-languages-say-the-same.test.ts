import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from '../../support/child.js'

const folder = `${root}admin/ui/`
const read = (name: string) => JSON.parse(readFileSync(`${folder}text/${name}.json`, 'utf8')) as Record<string, string>
const [en, zh] = [read('en'), read('zh-cn')]

const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(folder + name, 'utf8'))
  .join('\n')

it('has a sentence in each for every key, sorted, and none is empty', () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en))
  expect(Object.keys(en)).toEqual([...Object.keys(en)].sort())
  for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text.trim()).toBe(text)
  for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text).not.toBe('')
})

it('has the same parameters in both', () => {
  const parameters = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
  const differing = Object.keys(en).filter(
    (key) => JSON.stringify(parameters(en[key] ?? '')) !== JSON.stringify(parameters(zh[key] ?? '')),
  )
  expect(differing).toEqual([])
})

it('speaks Chinese in Chinese', () => {
  const same = Object.keys(en).filter((key) => en[key] === zh[key])
  expect(same).toEqual(['figure.p99', 'overview.p50'])
})

it('has no sentence that no page says', () => {
  // Keys are written whole, or made of a beginning and a value: `status.${status}`
  const beginnings = [...sources.matchAll(/`([a-zA-Z]+\.(?:[a-zA-Z]+\.)*)\$\{/g)].map(
    ([, beginning]) => beginning ?? '',
  )
  const whole = new Set([...sources.matchAll(/'([\w.-]+)'/g)].map(([, text]) => text))
  const unsaid = Object.keys(en).filter((key) => !whole.has(key) && !beginnings.some((each) => key.startsWith(each)))
  expect(unsaid.filter((key) => !/^provider\.(setWeight|disable|enable)Of$/.test(key))).toEqual([])
})

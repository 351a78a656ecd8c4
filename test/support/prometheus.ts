import { spawnSync } from 'node:child_process'

/*
 * A strict reader of Prometheus's text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. It refuses what
 * Prometheus would put up with, too: series of a family that are apart, a name without a type, histograms that don't add up.
 */

export interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly samples: Sample[]
}

export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let help: string | undefined
  let family: Family | undefined
  for (const [i, line] of text.slice(0, -1).split('\n').entries()) {
    const wrong = (what: string) => new Error(`line ${i + 1}: ${what}: ${line}`)
    const about = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (about) {
      const [, kind, name = '', rest = ''] = about
      if (kind === 'HELP') {
        if (/\\/.test(rest.replace(/\\[\\n]/g, ''))) throw wrong('an escape that is none')
        help = name
      } else {
        if (help !== name) throw wrong('TYPE without its HELP before it')
        if (families.has(name)) throw wrong('a second family of this name')
        if (!/^(?:counter|gauge|histogram)$/.test(rest)) throw wrong('no type')
        if (rest === 'counter' && !name.endsWith('_total')) throw wrong('a counter is called _total')
        family = { name, type: rest, samples: [] }
        families.set(name, family)
      }
      continue
    }
    const sample = readSample(line)
    if (!sample) throw wrong('no sample')
    const of = family?.type === 'histogram' ? sample.name.replace(/_(?:bucket|sum|count)$/, '') : sample.name
    if (!family || of !== family.name) throw wrong('a sample that is not below its TYPE')
    const key = `${sample.name} ${JSON.stringify([...sample.labels].sort())}`
    if (seen.has(key)) throw wrong('the same series again')
    seen.add(key)
    if (Number.isNaN(sample.value)) throw wrong('no number')
    if (family.type !== 'gauge' && sample.value < 0) throw wrong('less than nothing')
    family.samples.push(sample)
  }
  for (const each of families.values()) if (each.type === 'histogram') checkHistogram(each)
  return families
}

function readSample(line: string): Sample | undefined {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (!match) return undefined
  const [, name = '', inner, value = ''] = match
  const labels = new Map<string, string>()
  let rest = inner ?? ''
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\[\\"n])*)"(?:,(?=.)|$)/.exec(rest)
    if (!label || labels.has(label[1] ?? '')) return undefined
    labels.set(
      label[1] ?? '',
      (label[2] ?? '').replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c)),
    )
    rest = rest.slice(label[0].length)
  }
  if (!/^(?:[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(value)) return undefined
  return { name, labels, value: value.endsWith('Inf') ? Number(`${value.slice(0, -3)}Infinity`) : Number(value) }
}

function checkHistogram({ name, samples }: Family): void {
  const by = new Map<string, Sample[]>()
  for (const sample of samples) {
    const key = JSON.stringify([...sample.labels].filter(([label]) => label !== 'le').sort())
    by.set(key, [...(by.get(key) ?? []), sample])
  }
  for (const [key, parts] of by) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => Number(labels.get('le')?.replace('+Inf', 'Infinity')))
    const counts = buckets.map(({ value }) => value)
    const rises = (values: readonly number[]) => values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0))
    const count = parts.find((part) => part.name === `${name}_count`)?.value
    const sum = parts.find((part) => part.name === `${name}_sum`)
    const whole = bounds.at(-1) === Number.POSITIVE_INFINITY && counts.at(-1) === count && sum !== undefined
    if (!whole || !rises(bounds) || !rises(counts) || new Set(bounds).size !== bounds.length)
      throw new Error(`${name}${key}: not a histogram`)
  }
}

/** One figure; undefined where there is none with all of these labels. */
export function figure(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  const found = family?.samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels.get(key) === value),
  )
  return found?.length ? found.reduce((sum, { value }) => sum + value, 0) : undefined
}

/** What Prometheus's own tool says of it; undefined where there is none (PROMTOOL names it where it isn't on the path). */
export function promtool(text: string): string | undefined {
  const ran = spawnSync(process.env.PROMTOOL ?? 'promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  return ran.error ? undefined : `${ran.stdout}${ran.stderr}`
}

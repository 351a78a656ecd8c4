/** Labels of a series; those that are undefined are left out. */
export type LabelValues = Readonly<Record<string, string | undefined>>

/** A histogram's state: how many values each bucket has, the last one without a bound, and the sum of all. */
export interface HistogramValue {
  /** Upper bounds, in the metric's unit. */
  readonly bounds: readonly number[]
  readonly buckets: readonly number[]
  readonly sum: number
}

/** One value out of two of the same series. */
export type Join = (known: number, value: number) => number

const plus: Join = (known, value) => known + value

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly series: Map<string, number | Mutable>
}

interface Mutable {
  readonly bounds: readonly number[]
  readonly buckets: number[]
  sum: number
}

/**
 * Metrics as Prometheus reads them: text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). What has
 * equal name and labels becomes one, its sum as a rule, so several clients of a process are one.
 */
export class Exposition {
  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8'
  readonly #families = new Map<string, Family>()

  counter(name: string, help: string, labels: LabelValues, value: number): void {
    this.#add(name, 'counter', help, labels, value, plus)
  }

  /** `join`: what becomes of two values of one series, where that isn't their sum. */
  gauge(name: string, help: string, labels: LabelValues, value: number, join: Join = plus): void {
    this.#add(name, 'gauge', help, labels, value, join)
  }

  histogram(name: string, help: string, labels: LabelValues, { bounds, buckets, sum }: HistogramValue): void {
    const { series } = this.#family(name, 'histogram', help)
    const key = labelText(labels)
    const known = series.get(key)
    if (typeof known === 'object') {
      buckets.forEach((count, i) => {
        known.buckets[i] = (known.buckets[i] ?? 0) + count
      })
      known.sum += sum
    } else series.set(key, { bounds, buckets: [...buckets], sum })
  }

  /** The families in the order in which they came. */
  get text(): string {
    const lines: string[] = []
    for (const [name, { type, help, series }] of this.#families) {
      lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`)
      for (const [labels, value] of series) {
        if (typeof value === 'number') lines.push(`${name}${labels && `{${labels}}`} ${numberText(value)}`)
        else writeHistogram(lines, name, labels, value)
      }
    }
    return `${lines.join('\n')}\n`
  }

  #add(name: string, type: 'counter' | 'gauge', help: string, labels: LabelValues, value: number, join: Join): void {
    const { series } = this.#family(name, type, help)
    const key = labelText(labels)
    const known = series.get(key) as number | undefined
    series.set(key, known === undefined ? value : join(known, value))
  }

  #family(name: string, type: Family['type'], help: string): Family {
    const known = this.#families.get(name)
    if (known) return known
    const family: Family = { type, help, series: new Map() }
    this.#families.set(name, family)
    return family
  }
}

function writeHistogram(lines: string[], name: string, labels: string, { bounds, buckets, sum }: Mutable): void {
  const and = labels && `${labels},`
  let count = 0
  buckets.forEach((more, i) => {
    count += more
    lines.push(`${name}_bucket{${and}le="${numberText(bounds[i] ?? Number.POSITIVE_INFINITY)}"} ${count}`)
  })
  const only = labels && `{${labels}}`
  lines.push(`${name}_sum${only} ${numberText(sum)}`, `${name}_count${only} ${count}`)
}

/** Values may come from outside: no quote or line end gets through. */
function labelText(labels: LabelValues): string {
  return Object.entries(labels)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',')
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Metric, MetricsQuery, Series } from '../../api.ts'
import { compact, milliseconds } from '../format.ts'
import { status, turns } from '../live.ts'
import { type Loaded, useLoad } from '../load.ts'
import { api } from '../request.ts'
import { theme } from '../setting.ts'
import { t } from '../text.ts'
import { Loading, Problem } from './notice.tsx'
import type { Plot } from './plot.ts'

export interface Line {
  readonly label: string
  readonly values: readonly (number | null)[]
}

/** How far back charts look. */
export const spans = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440, '7d': 10_080 } as const
export type Span = keyof typeof spans

export type ChartFilter = Omit<MetricsQuery, 'metric' | 'from' | 'to'>

/** One metric over time, by lines where `by` says so. The monitor is asked again with each minute that it tells of. */
export function MetricChart(props: {
  readonly title: string
  readonly metric: Metric
  readonly filter?: ChartFilter
  readonly span: Span
  /** Beside the metric, as a second line. */
  readonly beside?: Metric
}) {
  const { metric, beside, filter = {}, span } = props
  const first = useSeries(metric, filter, span)
  const second = useSeries(beside, filter, span)
  const lines: Line[] = []
  for (const [name, loaded] of [
    [metric, first],
    [beside, second],
  ] as const) {
    for (const line of loaded.data?.lines ?? []) {
      lines.push({ label: line.label || (beside ? (name ?? '') : ''), values: line.values })
    }
  }
  return (
    <Chart title={props.title} loaded={first} {...whole(first.data, lines)} unit={first.data?.unit ?? 'per_second'} />
  )
}

function useSeries(metric: Metric | undefined, filter: ChartFilter, span: Span): Loaded<Series> {
  const turn = turns.figures.value
  const from = useMemo(() => Math.floor(Date.now() / 60_000 - spans[span]) * 60_000, [turn, span])
  const about = metric && api(['metrics'], { metric, ...filter, span })
  const path = metric && api(['metrics'], { metric, ...filter, from })
  return useLoad<Series>(path, ['figures'], about)
}

function Chart(props: {
  readonly title: string
  readonly loaded: Loaded<Series>
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly unit: Series['unit']
}) {
  const { title, loaded, times, lines, unit } = props
  const shown = lines.slice(0, 5)
  const canvas = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const [point, setPoint] = useState<number | undefined>(undefined)
  const [ready, setReady] = useState(0)
  const dark = useDark()
  const counted = shown.some(({ values }) => values.some((value) => value !== null))

  useEffect(() => {
    const into = canvas.current
    if (!into || !counted) return
    let gone = false
    void import('./plot.ts').then(({ createPlot }) => {
      if (gone) return
      const style = getComputedStyle(into)
      plot.current = createPlot(into, {
        colours: shown.map((_, i) => colourOf(into, `--series-${i + 1}`)),
        text: colourOf(into, '--text-faint'),
        grid: colourOf(into, '--line'),
        font: `11px ${style.fontFamily}`,
        unit,
        sync: 'page',
        onPoint: setPoint,
      })
      setReady((n) => n + 1)
    })
    return () => {
      gone = true
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [dark, shown.length, unit, counted])

  useEffect(() => {
    plot.current?.show(
      times,
      shown.map(({ values }) => values),
    )
  }, [times, lines.length, ready, shown.map(({ values }) => values.length).join()])

  const at = point !== undefined && point < times.length ? point : lastCounted(shown)
  return (
    <figure class="card chart" aria-label={title}>
      <figcaption>
        {title}
        {shown.length === 1 && counted && <span class="now">{valueText(shown[0]?.values[at] ?? null, unit)}</span>}
      </figcaption>
      {counted ? (
        <>
          <div class="chart-canvas" ref={canvas} aria-hidden="true" />
          {shown.length > 1 ? (
            <ul class="legend">
              {shown.map(({ label, values }, i) => (
                <li key={label} class="key">
                  <svg width="12" height="4" aria-hidden="true">
                    <rect width="12" height="4" rx="2" fill={`var(--series-${i + 1})`} />
                  </svg>
                  <span class="break">{label || '–'}</span>
                  <span>{valueText(values[at] ?? null, unit)}</span>
                </li>
              ))}
              {lines.length > shown.length && (
                <li class="faint">{t('chart.more', { n: lines.length - shown.length })}</li>
              )}
            </ul>
          ) : (
            <p class="unseen">{t('chart.latest', { value: valueText(shown[0]?.values[at] ?? null, unit) })}</p>
          )}
        </>
      ) : loaded.error && loaded.error.code !== 'unavailable' ? (
        <Problem error={loaded.error} />
      ) : loaded.data === undefined && loaded.error === undefined ? (
        <Loading />
      ) : (
        <p class="empty faint">{t(status.value?.monitor.state === 'none' ? 'chart.noMonitor' : 'chart.nothing')}</p>
      )}
    </figure>
  )
}

/** Without the point that is still being counted, which would look like a fall; unless there is no other. */
function whole(
  series: Series | undefined,
  lines: readonly Line[],
): Pick<Parameters<typeof Chart>[0], 'times' | 'lines'> {
  const { times = [], stepMs = 0 } = series ?? {}
  const last = times.length - 1
  const under = (times[last] ?? 0) + stepMs > Date.now()
  const before = lines.some(({ values }) => values.slice(0, last).some((value) => value !== null))
  if (!under || !before) return { times, lines }
  return {
    times: times.slice(0, last),
    lines: lines.map(({ label, values }) => ({ label, values: values.slice(0, last) })),
  }
}

/** A curve without axes, for a row of a table. */
export function Spark({ values, label }: { readonly values: readonly (number | null)[]; readonly label: string }) {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9)
  const step = values.length > 1 ? 100 / (values.length - 1) : 0
  const points = values.map((value, i) => `${(i * step).toFixed(1)} ${(21 - ((value ?? 0) / most) * 19).toFixed(1)}`)
  return (
    <svg class="spark" viewBox="0 0 100 22" preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={points.length > 1 ? `M${points.join('L')}` : ''} />
    </svg>
  )
}

/** Canvases know no custom properties: a colour as it is in force at a place. */
function colourOf(place: HTMLElement, property: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${property})`
  place.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function useDark(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)')
  const [system, setSystem] = useState(query.matches)
  useEffect(() => {
    const changed = (): void => setSystem(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return theme.value === 'system' ? system : theme.value === 'dark'
}

function lastCounted(lines: readonly Line[]): number {
  return Math.max(0, ...lines.map(({ values }) => values.findLastIndex((value) => value !== null)))
}

function valueText(value: number | null, unit: Series['unit']): string {
  if (value === null) return '–'
  if (unit === 'ms') return milliseconds(value)
  return unit === 'per_second' ? t('unit.perSecond', { value: compact(value) }) : compact(value)
}

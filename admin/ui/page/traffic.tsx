import { useState } from 'preact/hooks'
import type { MetricsQuery } from '../../api.ts'
import { status } from '../live.ts'
import { type ChartFilter, MetricChart, type Span, spans } from '../part/chart.tsx'
import { Empty } from '../part/notice.tsx'
import { Segments } from '../part/tabs.tsx'
import { type TextKey, t } from '../text.ts'

type By = NonNullable<MetricsQuery['by']>

/** Curves of a service, an application or an instance, in one line or by what they are made of. */
export function Traffic(props: {
  readonly filter: ChartFilter
  readonly lines: readonly By[]
  /** Whose counts are shown first; default the callers'. */
  readonly side?: 'consumer' | 'provider'
}) {
  const [span, setSpan] = useState<Span>('1h')
  const [by, setBy] = useState<By | ''>('')
  const [side, setSide] = useState(props.side ?? 'consumer')
  if (status.value?.monitor.state === 'none') {
    return (
      <Empty icon="overview" title={t('monitor.none')}>
        {t('monitor.noneNote')} <code>npx tsubo monitor --registry …</code>
      </Empty>
    )
  }
  const filter: ChartFilter = { ...props.filter, side, ...(by && { by }) }
  return (
    <div class="card-body stack">
      <div class="filters">
        <Segments
          label={t('chart.span')}
          options={(Object.keys(spans) as Span[]).map((key) => ({ key, title: t(`span.${key}` as TextKey) }))}
          chosen={span}
          onChoose={setSpan}
        />
        <Segments
          label={t('chart.side')}
          options={[
            { key: 'consumer', title: t('chart.side.consumer') },
            { key: 'provider', title: t('chart.side.provider') },
          ]}
          chosen={side}
          onChoose={setSide}
        />
        <select aria-label={t('chart.by')} value={by} onChange={(event) => setBy(event.currentTarget.value as By | '')}>
          <option value="">{t('chart.by.none')}</option>
          {props.lines.map((each) => (
            <option key={each} value={each}>
              {t(`chart.by.${each}` as TextKey)}
            </option>
          ))}
        </select>
      </div>
      <div class="grid-2">
        <MetricChart title={t('figure.rate')} metric="calls" filter={filter} span={span} />
        <MetricChart title={t('figure.errors')} metric="errors" filter={filter} span={span} />
        <MetricChart title={t('figure.p99')} metric="p99" filter={filter} span={span} />
        <MetricChart title={t('figure.concurrent')} metric="concurrent" filter={filter} span={span} />
      </div>
    </div>
  )
}

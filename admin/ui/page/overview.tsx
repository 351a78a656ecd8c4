import { useState } from 'preact/hooks'
import type { CapacityRow, Overview as OverviewData, ServiceRow } from '../../api.ts'
import { compact, count, dateTime, milliseconds, percent } from '../format.ts'
import { status } from '../live.ts'
import { useLoad } from '../load.ts'
import { ServiceBadge } from '../part/badge.tsx'
import { Card, Figure, PageHead } from '../part/card.tsx'
import { MetricChart, type Span, spans } from '../part/chart.tsx'
import { Meter } from '../part/meter.tsx'
import { Name } from '../part/name.tsx'
import { Empty, Loading, Notice, Problem } from '../part/notice.tsx'
import { type Column, Table } from '../part/table.tsx'
import { Segments } from '../part/tabs.tsx'
import { api } from '../request.ts'
import { to } from '../route.ts'
import { type TextKey, t } from '../text.ts'

/** How all of it is: counts, traffic now and over time, and which services are full. */
export function Overview() {
  const { data, error, again } = useLoad<OverviewData>(api(['overview']), ['registry', 'rule', 'figures'])
  const [span, setSpan] = useState<Span>('1h')
  if (!data) return error ? <Problem error={error} again={again} /> : <Loading />
  const { counts, figures, capacity, failing } = data
  const monitor = (status.value ?? data.status).monitor
  const trouble = counts.byStatus.no_provider + counts.byStatus.all_offline
  return (
    <>
      <PageHead
        title={t('nav.overview')}
        actions={
          monitor.state !== 'none' && (
            <Segments
              label={t('chart.span')}
              options={(Object.keys(spans) as Span[]).map((key) => ({ key, title: t(`span.${key}` as TextKey) }))}
              chosen={span}
              onChoose={setSpan}
            />
          )
        }
      >
        <p>{t('overview.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <div class="figures">
        <Figure
          label={t('nav.services')}
          value={count(counts.services)}
          href="/services"
          note={
            trouble > 0
              ? t('overview.withoutProvider', { n: trouble })
              : t('overview.inUse', { n: counts.byStatus.in_use })
          }
          bad={trouble > 0}
        />
        <Figure label={t('nav.applications')} value={count(counts.applications)} href="/applications" />
        <Figure
          label={t('nav.instances')}
          value={count(counts.instances)}
          href="/instances"
          note={t('overview.consumers', { n: counts.consumers })}
        />
        <Figure
          label={t('figure.rate')}
          value={figures ? compact(figures.rate) : '–'}
          unit={figures && t('unit.slashSecond')}
          note={figures ? t('overview.lastMinute') : t('overview.noMonitor')}
        />
        <Figure
          label={t('figure.errors')}
          value={figures ? compact(figures.errorRate) : '–'}
          unit={figures && t('unit.slashSecond')}
          note={
            figures && figures.rate > 0
              ? t('overview.errorShare', { share: percent(figures.errorRate / figures.rate) })
              : undefined
          }
          bad={(figures?.errorRate ?? 0) > 0}
        />
        <Figure
          label={t('figure.p99')}
          value={figures?.p99Ms !== undefined ? milliseconds(figures.p99Ms) : '–'}
          note={figures?.p50Ms !== undefined ? t('overview.p50', { value: milliseconds(figures.p50Ms) }) : undefined}
        />
      </div>

      <Alerts data={data} />

      {monitor.state === 'none' ? (
        <Card title={t('overview.traffic')}>
          <Empty icon="overview" title={t('monitor.none')}>
            {t('monitor.noneNote')} <code>npx tsubo monitor --registry …</code>
          </Empty>
        </Card>
      ) : (
        <div class="grid-3">
          <MetricChart title={t('figure.rate')} metric="calls" span={span} />
          <MetricChart title={t('figure.errors')} metric="errors" span={span} />
          <MetricChart title={t('figure.latency')} metric="p99" beside="p50" span={span} />
        </div>
      )}

      <div class={failing.length > 0 ? 'split' : ''}>
        <Card title={t('capacity.title')} note={t('capacity.note')} flush>
          <Table
            caption={t('capacity.title')}
            columns={capacityColumns()}
            rows={capacity}
            id={(row) => row.service}
            empty={
              <Empty icon="services" title={t('capacity.none')}>
                {t('capacity.noneNote')}
              </Empty>
            }
          />
        </Card>
        {failing.length > 0 && (
          <Card title={t('failing.title')} note={t('overview.lastMinute')} flush>
            <Table caption={t('failing.title')} columns={failingColumns()} rows={failing} id={(row) => row.name} />
          </Card>
        )}
      </div>

      <Card title={t('registry.title')}>
        <RegistryFacts />
      </Card>
    </>
  )
}

function Alerts({ data: { counts } }: { readonly data: OverviewData }) {
  const said: readonly [number, TextKey, string][] = [
    [counts.byStatus.no_provider, 'alert.noProvider', '/services?status=no_provider'],
    [counts.byStatus.all_offline, 'alert.allOffline', '/services?status=all_offline'],
    [counts.incompatible, 'alert.incompatible', '/services?trouble=true'],
    [counts.garbage, 'alert.garbage', '/services?trouble=true'],
  ]
  const shown = said.filter(([n]) => n > 0)
  if (shown.length === 0) return null
  return (
    <Notice tone="warn">
      {shown.map(([n, key, href], i) => (
        <span key={key}>
          {i > 0 && ' · '}
          <a href={href}>{t(key, { n })}</a>
        </span>
      ))}
    </Notice>
  )
}

function RegistryFacts() {
  const { value } = status
  if (!value) return <Loading />
  const { registry, monitor } = value
  return (
    <dl class="facts">
      <dt>{t('registry.address')}</dt>
      <dd class="mono">{registry.name}</dd>
      <dt>{t('registry.state')}</dt>
      <dd>
        {t(`registry.${registry.state}` as TextKey)}{' '}
        <span class="faint">{t('registry.since', { time: dateTime(registry.since) })}</span>
      </dd>
      <dt>{t('monitor.title')}</dt>
      <dd>
        {t(`monitor.state.${monitor.state}` as TextKey)}{' '}
        {monitor.until && <span class="faint">{t('monitor.until', { time: dateTime(monitor.until) })}</span>}
      </dd>
    </dl>
  )
}

function capacityColumns(): Column<CapacityRow>[] {
  return [
    {
      key: 'service',
      title: t('column.service'),
      main: true,
      cell: (row) => (
        <a href={to('services', row.service)}>
          <Name of={row.service} />
        </a>
      ),
    },
    { key: 'instances', title: t('column.instances'), end: true, cell: (row) => count(row.instances) },
    { key: 'inUse', title: t('capacity.inUse'), end: true, cell: (row) => compact(row.inUse) },
    {
      key: 'limit',
      title: t('capacity.limit'),
      end: true,
      cell: (row) =>
        row.limit === undefined ? <span class="faint">{t('capacity.noLimit')}</span> : compact(row.limit),
    },
    {
      key: 'usage',
      title: t('capacity.usage'),
      cell: (row) =>
        row.usage === undefined ? (
          <span class="faint">–</span>
        ) : (
          <Meter share={row.usage} label={t('capacity.usage')} />
        ),
    },
    {
      key: 'needed',
      title: t('capacity.needed'),
      end: true,
      cell: (row) => {
        if (row.needed === undefined) return <span class="faint">–</span>
        const more = row.needed - row.instances
        return more > 0 ? (
          <strong>
            {count(row.needed)} <span class="faint">({t('capacity.more', { n: more })})</span>
          </strong>
        ) : (
          count(row.needed)
        )
      },
    },
  ]
}

function failingColumns(): Column<ServiceRow>[] {
  return [
    {
      key: 'service',
      title: t('column.service'),
      main: true,
      cell: (row) => (
        <a href={to('services', row.name)}>
          <Name of={row.name} />
        </a>
      ),
    },
    { key: 'status', title: t('column.status'), tight: true, cell: (row) => <ServiceBadge status={row.status} /> },
    {
      key: 'errors',
      title: t('figure.errors'),
      end: true,
      cell: (row) => t('unit.perSecond', { value: compact(row.figures?.errorRate ?? 0) }),
    },
  ]
}

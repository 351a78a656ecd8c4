import type { Page, ServiceRow, ServiceStatus } from '../../api.ts'
import { compact, milliseconds } from '../format.ts'
import { status } from '../live.ts'
import { useLoad } from '../load.ts'
import { Badge, Chips, ServiceBadge } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { FilterField, FilterSelect } from '../part/filter.tsx'
import { Name } from '../part/name.tsx'
import { Empty, Problem } from '../part/notice.tsx'
import { PagedTable } from '../part/paged-table.tsx'
import { type Column, Count } from '../part/table.tsx'
import { api } from '../request.ts'
import { route, setQuery, to } from '../route.ts'
import { type TextKey, t } from '../text.ts'

const limit = 50
const places = ['service', 'application', 'address'] as const
const statuses: readonly ServiceStatus[] = ['in_use', 'no_consumer', 'no_provider', 'all_offline', 'nobody']

/** All services: searched, sorted and paged by the server, which may know thousands. */
export function Services() {
  const { query } = route.value
  const asked = (name: string): string | undefined => query.get(name) ?? undefined
  const offset = Number(asked('offset') ?? 0) || 0
  const path = api(['services'], {
    q: asked('q'),
    in: asked('in'),
    status: asked('status'),
    trouble: asked('trouble'),
    sort: asked('sort'),
    offset,
    limit,
  })
  const list = useLoad<Page<ServiceRow>>(path, ['registry', 'figures'], 'services')
  const { error, again } = list
  const filtered = ['q', 'status', 'trouble'].some((name) => asked(name))
  return (
    <>
      <PageHead title={t('nav.services')}>
        <p>{t('services.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        <div class="card-head filters">
          <FilterField label={t('services.search')} placeholder={t('services.search')} name="q" />
          <FilterSelect
            name="in"
            label={t('services.in')}
            all={t('services.inAll')}
            options={places}
            title={(place) => t(`services.in.${place}`)}
          />
          <select
            aria-label={t('column.status')}
            value={asked('trouble') ? 'trouble' : (asked('status') ?? '')}
            onChange={({ currentTarget: { value } }) =>
              setQuery({
                status: value === 'trouble' ? undefined : value,
                trouble: value === 'trouble' ? 'true' : undefined,
                offset: undefined,
              })
            }
          >
            <option value="">{t('services.anyStatus')}</option>
            {statuses.map((each) => (
              <option key={each} value={each}>
                {t(`status.${each}` as TextKey)}
              </option>
            ))}
            <option value="trouble">{t('services.trouble')}</option>
          </select>
        </div>
        <PagedTable
          caption={t('nav.services')}
          columns={columns()}
          list={list}
          id={(row) => row.name}
          sort={asked('sort') ?? 'name'}
          onSort={(sort) => setQuery({ sort: sort === 'name' ? undefined : sort, offset: undefined })}
          empty={
            filtered ? (
              <Empty icon="search" title={t('services.noneFound')}>
                {t('services.noneFoundNote')}
              </Empty>
            ) : (
              <Empty icon="services" title={t('services.none')}>
                {t('services.noneNote')} <code>npx tsubo serve</code>
              </Empty>
            )
          }
        />
      </Card>
    </>
  )
}

function columns(): Column<ServiceRow>[] {
  const monitored = status.value?.monitor.state !== 'none'
  return [
    {
      key: 'name',
      title: t('column.service'),
      sort: 'name',
      main: true,
      cell: (row) => (
        <>
          <a href={to('services', row.name)}>
            <Name of={row.name} />
          </a>
          <div class="under">
            {row.applications.slice(0, 3).join(', ')}
            {row.applications.length > 3 && ' …'}
          </div>
        </>
      ),
    },
    {
      key: 'status',
      title: t('column.status'),
      cell: (row) => (
        <span class="row">
          <ServiceBadge status={row.status} />
          {row.incompatible > 0 && (
            <Badge tone="bad" icon="warn">
              {t('services.incompatible', { n: row.incompatible })}
            </Badge>
          )}
          {row.garbage > 0 && <Badge tone="warn">{t('services.garbage', { n: row.garbage })}</Badge>}
        </span>
      ),
    },
    {
      key: 'providers',
      title: t('column.providers'),
      sort: 'providers',
      end: true,
      cell: (row) =>
        row.online < row.providers ? (
          <>
            {row.online}
            <span class="faint"> / {row.providers}</span>
          </>
        ) : (
          <Count n={row.providers} />
        ),
    },
    {
      key: 'consumers',
      title: t('column.consumers'),
      sort: 'consumers',
      end: true,
      cell: (row) => <Count n={row.consumers} />,
    },
    {
      key: 'versions',
      title: t('column.versions'),
      cell: (row) => <Chips values={[...row.versions, ...row.groups.map((group) => `${group}/`)]} most={3} />,
    },
    { key: 'protocols', title: t('column.protocols'), cell: (row) => <Chips values={row.protocols} most={3} /> },
    ...(monitored
      ? ([
          {
            key: 'rate',
            title: t('figure.rate'),
            sort: 'rate',
            end: true,
            cell: ({ figures }) => (figures ? compact(figures.rate) : <span class="faint">–</span>),
          },
          {
            key: 'errors',
            title: t('figure.errors'),
            sort: 'errors',
            end: true,
            cell: ({ figures }) =>
              figures ? (
                figures.errorRate > 0 ? (
                  <strong class="bad-text">{compact(figures.errorRate)}</strong>
                ) : (
                  <span class="faint">0</span>
                )
              ) : (
                <span class="faint">–</span>
              ),
          },
          {
            key: 'p99',
            title: t('figure.p99'),
            sort: 'p99',
            end: true,
            cell: ({ figures }) =>
              figures?.p99Ms !== undefined ? milliseconds(figures.p99Ms) : <span class="faint">–</span>,
          },
        ] satisfies Column<ServiceRow>[])
      : []),
  ]
}

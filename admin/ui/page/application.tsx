import type { ApplicationDetail, ApplicationRow, InstanceRow, Page, ServiceRow } from '../../api.ts'
import { dateTime, lasting } from '../format.ts'
import { useLoad } from '../load.ts'
import { InstanceBadge, Kind, Protocols, ServiceBadge } from '../part/badge.tsx'
import { Card, Figure, PageHead } from '../part/card.tsx'
import { FilterField } from '../part/filter.tsx'
import { Name } from '../part/name.tsx'
import { Empty, Loading, Problem } from '../part/notice.tsx'
import { PagedTable } from '../part/paged-table.tsx'
import { type Column, Count, Table } from '../part/table.tsx'
import { api } from '../request.ts'
import { route, to } from '../route.ts'
import { t } from '../text.ts'
import { NotFound } from './not-found.tsx'
import { figureColumns } from './service.tsx'
import { Traffic } from './traffic.tsx'

const limit = 50

export function Applications() {
  const { query } = route.value
  const q = query.get('q') ?? undefined
  const path = api(['applications'], { q, offset: Number(query.get('offset') ?? 0) || 0, limit })
  const list = useLoad<Page<ApplicationRow>>(path, ['registry', 'figures'], 'applications')
  const { error, again } = list
  const columns: Column<ApplicationRow>[] = [
    {
      key: 'name',
      title: t('column.application'),
      main: true,
      cell: (row) => <a href={to('applications', row.name || '-')}>{row.name || t('application.unnamed')}</a>,
    },
    {
      key: 'kinds',
      title: t('column.kind'),
      cell: (row) => (
        <span class="row">
          {row.kinds.map((kind) => (
            <Kind key={kind} kind={kind} />
          ))}
        </span>
      ),
    },
    { key: 'instances', title: t('column.instances'), end: true, cell: (row) => <Count n={row.instances} /> },
    { key: 'provides', title: t('column.provides'), end: true, cell: (row) => <Count n={row.provides} /> },
    { key: 'consumes', title: t('column.consumes'), end: true, cell: (row) => <Count n={row.consumes} /> },
    ...figureColumns<ApplicationRow>(),
  ]
  return (
    <>
      <PageHead title={t('nav.applications')}>
        <p>{t('applications.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        <div class="card-head filters">
          <FilterField name="q" label={t('applications.search')} placeholder={t('applications.search')} />
        </div>
        <PagedTable
          caption={t('nav.applications')}
          columns={columns}
          list={list}
          id={(row) => row.name}
          empty={<Empty icon="applications" title={t(q ? 'applications.noneFound' : 'applications.none')} />}
        />
      </Card>
    </>
  )
}

export function Application({ name }: { readonly name: string }) {
  const { data, error, again } = useLoad<ApplicationDetail>(api(['applications', name]), [
    'registry',
    'rule',
    'figures',
  ])
  if (error?.status === 404) return <NotFound what={t('application.notFound', { name })} />
  if (!data) return error ? <Problem error={error} again={again} /> : <Loading />
  const { application, instances, provides, consumes, rules } = data
  return (
    <>
      <PageHead
        title={application.name || t('application.unnamed')}
        crumb={{ text: t('nav.applications'), href: '/applications' }}
        actions={
          <a class="button" href={`/topology?application=${encodeURIComponent(name)}`}>
            {t('application.topology')}
          </a>
        }
      >
        <p class="row">
          {application.kinds.map((kind) => (
            <Kind key={kind} kind={kind} />
          ))}
        </p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <div class="figures">
        <Figure label={t('column.instances')} value={String(application.instances)} />
        <Figure label={t('column.provides')} value={String(application.provides)} />
        <Figure label={t('column.consumes')} value={String(application.consumes)} />
        <div class="figure">
          <span class="label">{t('nav.rules')}</span>
          {rules.length === 0 ? (
            <span class="value faint">–</span>
          ) : (
            rules.slice(0, 4).map((key) => (
              <a key={key} class="small break" href={to('rules', key)}>
                {key}
              </a>
            ))
          )}
        </div>
      </div>
      <Card title={t('nav.instances')} flush>
        <Table
          caption={t('nav.instances')}
          columns={instanceColumns(false)}
          rows={instances.slice(0, 200)}
          id={(row) => `${row.role} ${row.address}`}
          empty={<Empty icon="instances" title={t('instances.none')} />}
        />
      </Card>
      <div class="grid-2">
        <ServiceList title={t('application.provides')} rows={provides} />
        <ServiceList title={t('application.consumes')} rows={consumes} />
      </div>
      <Card title={t('service.traffic')} flush>
        <Traffic
          filter={{ application: application.name }}
          lines={['service', 'peer', 'code']}
          side={application.provides > 0 ? 'provider' : 'consumer'}
        />
      </Card>
    </>
  )
}

function ServiceList({ title, rows }: { readonly title: string; readonly rows: readonly ServiceRow[] }) {
  return (
    <Card title={title} note={String(rows.length)} flush>
      <Table
        caption={title}
        columns={[
          {
            key: 'name',
            title: t('column.service'),
            main: true,
            cell: (row) => (
              <a href={to('services', row.name)}>
                <Name of={row.name} />
              </a>
            ),
          },
          {
            key: 'status',
            title: t('column.status'),
            tight: true,
            cell: (row) => <ServiceBadge status={row.status} />,
          },
          { key: 'providers', title: t('column.providers'), end: true, cell: (row) => <Count n={row.online} /> },
        ]}
        rows={rows.slice(0, 200)}
        id={(row) => row.name}
        empty={<p class="card-body faint">{t('application.nothing')}</p>}
      />
    </Card>
  )
}

/** Columns of a list of processes; without their application where all are of one. */
export function instanceColumns(withApplication: boolean): Column<InstanceRow>[] {
  return [
    {
      key: 'address',
      title: t('column.address'),
      main: true,
      cell: (row) => (
        <a class="mono" href={to('instances', row.address)}>
          {row.address}
        </a>
      ),
    },
    ...(withApplication
      ? [
          {
            key: 'application',
            title: t('column.application'),
            cell: (row: InstanceRow) => (
              <a href={to('applications', row.application || '-')}>{row.application || t('application.unnamed')}</a>
            ),
          },
        ]
      : []),
    { key: 'state', title: t('column.status'), tight: true, cell: (row) => <InstanceBadge instance={row} /> },
    {
      key: 'kind',
      title: t('column.protocols'),
      cell: (row) => <Protocols kind={row.kind} protocols={row.protocols} />,
    },
    { key: 'services', title: t('nav.services'), end: true, cell: (row) => <Count n={row.services} /> },
    {
      key: 'since',
      title: t('column.uptime'),
      end: true,
      cell: (row) =>
        row.since ? (
          <span class="nowrap" title={dateTime(row.since)}>
            {lasting((Date.now() - Date.parse(row.since)) / 1000)}
          </span>
        ) : (
          <span class="faint">–</span>
        ),
    },
    ...figureColumns<InstanceRow>(),
  ]
}

import { useState } from 'preact/hooks'
import type { ConsumerRow, InstanceDetail, InstanceRow, Page, ProviderRow } from '../../api.ts'
import { count, dateTime } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge, InstanceBadge, Kind, ProviderBadge, type Tone } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { FilterField } from '../part/filter.tsx'
import { Name } from '../part/name.tsx'
import { Empty, Loading, Problem } from '../part/notice.tsx'
import { PagedTable } from '../part/paged-table.tsx'
import { type Column, Table } from '../part/table.tsx'
import { api, session } from '../request.ts'
import { route, to } from '../route.ts'
import { type TextKey, t } from '../text.ts'
import { instanceColumns } from './application.tsx'
import { keyText } from './key-text.ts'
import { NotFound } from './not-found.tsx'
import { type ProviderAction, ProviderActionDialog } from './provider-action.tsx'
import { figureColumns } from './service.tsx'
import { Traffic } from './traffic.tsx'

const limit = 50

export function Instances() {
  const { query } = route.value
  const q = query.get('q') ?? undefined
  const path = api(['instances'], { q, offset: Number(query.get('offset') ?? 0) || 0, limit })
  const list = useLoad<Page<InstanceRow>>(path, ['registry', 'figures'], 'instances')
  const { error, again } = list
  return (
    <>
      <PageHead title={t('nav.instances')}>
        <p>{t('instances.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        <div class="card-head filters">
          <FilterField name="q" label={t('instances.search')} placeholder={t('instances.search')} />
        </div>
        <PagedTable
          caption={t('nav.instances')}
          columns={instanceColumns(true)}
          list={list}
          id={(row) => `${row.role} ${row.application} ${row.address}`}
          empty={<Empty icon="instances" title={t(q ? 'instances.noneFound' : 'instances.none')} />}
        />
      </Card>
    </>
  )
}

const healthTones: Readonly<Record<NonNullable<InstanceDetail['health']>, Tone>> = {
  serving: 'ok',
  not_serving: 'bad',
  unknown: 'idle',
  unreachable: 'bad',
}

export function Instance({ address }: { readonly address: string }) {
  const { data, error, again } = useLoad<InstanceDetail>(api(['instances', address]), ['registry', 'rule', 'figures'])
  const [action, setAction] = useState<ProviderAction | undefined>(undefined)
  const may = typeof session.value === 'object' && session.value.user.role !== 'viewer'
  if (error?.status === 404) return <NotFound what={t('instance.notFound', { address })} />
  if (!data) return error ? <Problem error={error} again={again} /> : <Loading />
  const { instance, provides, consumes, health } = data
  const provided: Column<ProviderRow>[] = [
    {
      key: 'service',
      title: t('column.service'),
      main: true,
      cell: (row) => (
        <a href={to('services', row.key.name)}>
          <Name of={keyText(row.key)} />
        </a>
      ),
    },
    { key: 'state', title: t('column.status'), tight: true, cell: (row) => <ProviderBadge provider={row} /> },
    { key: 'weight', title: t('column.weight'), end: true, cell: (row) => count(row.effectiveWeight) },
    ...figureColumns<ProviderRow>(),
    ...(may
      ? [
          {
            key: 'actions',
            title: t('column.actions'),
            unseenTitle: true,
            tight: true,
            cell: (row: ProviderRow) => (
              <button
                type="button"
                class="button small"
                onClick={() =>
                  setAction({ action: row.online && !row.disabledByRule ? 'disable' : 'enable', provider: row })
                }
              >
                {t(row.online && !row.disabledByRule ? 'provider.disable' : 'provider.enable')}
              </button>
            ),
          } satisfies Column<ProviderRow>,
        ]
      : []),
  ]
  const consumed: Column<ConsumerRow>[] = [
    {
      key: 'service',
      title: t('column.service'),
      main: true,
      cell: (row) => (
        <a href={to('services', row.key.name)}>
          <Name of={keyText(row.key)} />
        </a>
      ),
    },
    { key: 'kind', title: t('column.kind'), cell: (row) => <Kind kind={row.kind} /> },
  ]
  return (
    <>
      <PageHead title={address} crumb={{ text: t('nav.instances'), href: '/instances' }}>
        <p class="row">
          <InstanceBadge instance={instance} />
          {health && (
            <Badge tone={healthTones[health] ?? 'idle'} icon={health === 'unreachable' ? 'away' : undefined}>
              {t(`health.${health}` as TextKey)}
            </Badge>
          )}
          <Kind kind={instance.kind} />
          <a href={to('applications', instance.application || '-')}>
            {instance.application || t('application.unnamed')}
          </a>
          {instance.since && <span class="faint small">{t('instance.since', { time: dateTime(instance.since) })}</span>}
        </p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      {(instance.role === 'provider' || provides.length > 0) && (
        <Card title={t('application.provides')} note={String(provides.length)} flush>
          <Table
            caption={t('application.provides')}
            columns={provided}
            rows={provides.slice(0, 200)}
            id={(row) => keyText(row.key)}
            off={(row) => !row.online || row.disabledByRule}
            empty={<p class="card-body faint">{t('application.nothing')}</p>}
          />
        </Card>
      )}
      {consumes.length > 0 && (
        <Card title={t('application.consumes')} note={String(consumes.length)} flush>
          <Table
            caption={t('application.consumes')}
            columns={consumed}
            rows={consumes.slice(0, 200)}
            id={(row) => JSON.stringify(row.key)}
          />
        </Card>
      )}
      {provides[0] && (
        <Card title={t('instance.registration')}>
          <dl class="facts">
            {Object.entries(provides[0].params).map(([name, value]) => (
              <>
                <dt key={name} class="mono">
                  {name}
                </dt>
                <dd class="mono">{value}</dd>
              </>
            ))}
          </dl>
        </Card>
      )}
      {instance.role === 'provider' && (
        <Card title={t('service.traffic')} flush>
          <Traffic filter={{ instance: address }} lines={['service', 'method', 'peer', 'code']} side="provider" />
        </Card>
      )}
      {action && <ProviderActionDialog action={action} onClose={() => setAction(undefined)} />}
    </>
  )
}

import { useState } from 'preact/hooks'
import type {
  ConsumerRow,
  Contract as ContractData,
  IncompatiblePair,
  ProviderRow,
  ServiceDetail,
  ServiceKeyText,
} from '../../api.ts'
import { compact, count, dateTime, lasting, milliseconds, percent } from '../format.ts'
import { status } from '../live.ts'
import { useLoad } from '../load.ts'
import { Chips, Kind, Protocols, ProviderBadge, ServiceBadge } from '../part/badge.tsx'
import { Card, Figure, PageHead } from '../part/card.tsx'
import { Icon } from '../part/icon.tsx'
import { Menu } from '../part/menu.tsx'
import { Empty, Loading, Notice, Problem } from '../part/notice.tsx'
import { type Column, Pager, Table } from '../part/table.tsx'
import { Tabs } from '../part/tabs.tsx'
import { api, session } from '../request.ts'
import { route, setQuery, to } from '../route.ts'
import { t } from '../text.ts'
import { Contract } from './contract.tsx'
import { keyText, sameKey } from './key-text.ts'
import { NotFound } from './not-found.tsx'
import { type ProviderAction, ProviderActionDialog } from './provider-action.tsx'
import { Traffic } from './traffic.tsx'
import { TryCall } from './try-call.tsx'

const views = ['providers', 'consumers', 'contract', 'traffic', 'try'] as const
type View = (typeof views)[number]

/** One service: who provides and consumes it, what it promises, how it goes, and a call to try it. */
export function Service({ name }: { readonly name: string }) {
  const { data, error, again } = useLoad<ServiceDetail>(api(['services', name]), ['registry', 'rule', 'figures'])
  const [action, setAction] = useState<ProviderAction | undefined>(undefined)
  const asked = route.value.query.get('view')
  const view = views.find((each) => each === asked) ?? 'providers'
  if (error?.status === 404) return <NotFound what={t('service.notFound', { name })} />
  if (!data) return error ? <Problem error={error} again={again} /> : <Loading />
  const { service, incompatible, garbage } = data
  const tabs = [
    { key: 'providers', title: t('column.providers'), n: service.providers },
    { key: 'consumers', title: t('column.consumers'), n: service.consumers },
    { key: 'contract', title: t('service.contract') },
    { key: 'traffic', title: t('service.traffic') },
    { key: 'try', title: t('service.try') },
  ] satisfies { key: View; title: string; n?: number }[]
  return (
    <>
      <PageHead title={name} crumb={{ text: t('nav.services'), href: '/services' }}>
        <p class="row">
          <ServiceBadge status={service.status} />
          <Chips values={service.protocols} />
          {service.versions.length > 0 && <span>{t('service.versions', { list: service.versions.join(', ') })}</span>}
          {service.groups.length > 0 && <span>{t('service.groups', { list: service.groups.join(', ') })}</span>}
        </p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Summary data={data} />
      {incompatible.length > 0 && <Incompatible pairs={incompatible} />}
      {garbage.length > 0 && <Garbage entries={garbage} />}
      <div class="card">
        <Tabs
          label={name}
          tabs={tabs}
          chosen={view}
          onChoose={(next) => setQuery({ view: next === 'providers' ? undefined : next })}
        >
          {view === 'providers' && <Providers data={data} onAction={setAction} />}
          {view === 'consumers' && <Consumers data={data} />}
          {view === 'contract' && (
            <KeyedContract data={data}>{(contract) => <Contract contract={contract} service={name} />}</KeyedContract>
          )}
          {view === 'traffic' && (
            <Traffic filter={{ service: name }} lines={['method', 'instance', 'application', 'code']} />
          )}
          {view === 'try' && (
            <KeyedContract data={data}>
              {(contract, key) => (
                <TryCall service={name} serviceKey={key} contract={contract} providers={data.providers} />
              )}
            </KeyedContract>
          )}
        </Tabs>
      </div>
      {action && <ProviderActionDialog action={action} onClose={() => setAction(undefined)} />}
    </>
  )
}

function Summary({ data: { service, rules } }: { readonly data: ServiceDetail }) {
  const { figures } = service
  return (
    <div class="figures">
      <Figure
        label={t('column.providers')}
        value={count(service.online)}
        unit={service.online < service.providers ? `/ ${count(service.providers)}` : undefined}
        note={service.online < service.providers ? t('service.someOffline') : t('service.allOnline')}
      />
      <Figure label={t('column.consumers')} value={count(service.consumers)} />
      <Figure
        label={t('figure.rate')}
        value={figures ? compact(figures.rate) : '–'}
        unit={figures && t('unit.slashSecond')}
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
      <Figure label={t('figure.p99')} value={figures?.p99Ms !== undefined ? milliseconds(figures.p99Ms) : '–'} />
      <div class="figure">
        <span class="label">{t('nav.rules')}</span>
        {rules.length === 0 ? (
          <span class="value faint">–</span>
        ) : (
          rules.slice(0, 3).map((key) => (
            <a key={key} class="small break" href={to('rules', key)}>
              {key}
            </a>
          ))
        )}
        {rules.length > 3 && <span class="note">+{rules.length - 3}</span>}
      </div>
    </div>
  )
}

/** Lists of a thousand in the hand of the browser are paged here. */
const limit = 50

function Providers(props: { readonly data: ServiceDetail; readonly onAction: (action: ProviderAction) => void }) {
  const { data } = props
  const [offset, setOffset] = useState(0)
  const may = typeof session.value === 'object' && session.value.user.role !== 'viewer'
  const now = Date.now()
  const severalKeys = data.keys.length > 1
  const columns: Column<ProviderRow>[] = [
    {
      key: 'address',
      title: t('column.address'),
      main: true,
      cell: (row) => (
        <>
          <a class="mono nowrap" href={to('instances', row.address)}>
            {row.address}
          </a>
          {severalKeys && <div class="under">{keyText(row.key)}</div>}
        </>
      ),
    },
    { key: 'state', title: t('column.status'), tight: true, cell: (row) => <ProviderBadge provider={row} /> },
    {
      key: 'application',
      title: t('column.application'),
      cell: (row) => (
        <a href={to('applications', row.application || '-')}>{row.application || t('application.unnamed')}</a>
      ),
    },
    {
      key: 'protocols',
      title: t('column.protocols'),
      cell: (row) => <Protocols kind={row.kind} protocols={row.protocols} />,
    },
    {
      key: 'weight',
      title: t('column.weight'),
      end: true,
      cell: (row) =>
        row.effectiveWeight === row.weight ? (
          count(row.weight)
        ) : (
          <span title={t('provider.weightByRule', { registered: row.weight })}>
            <strong>{count(row.effectiveWeight)}</strong> <s class="faint">{count(row.weight)}</s>
          </span>
        ),
    },
    {
      key: 'since',
      title: t('column.uptime'),
      end: true,
      cell: (row) =>
        row.since ? (
          <span class="nowrap" title={dateTime(row.since)}>
            {lasting((now - Date.parse(row.since)) / 1000)}
          </span>
        ) : (
          <span class="faint">–</span>
        ),
    },
    ...figureColumns<ProviderRow>(),
    ...(may
      ? [
          {
            key: 'actions',
            title: t('column.actions'),
            unseenTitle: true,
            tight: true,
            cell: (row: ProviderRow) => (
              <Menu
                label={t('provider.actions', { address: row.address })}
                quiet
                small
                icon
                button={<Icon name="more" size={14} />}
              >
                <button type="button" onClick={() => props.onAction({ action: 'weight', provider: row })}>
                  <Icon name="rules" size={14} />
                  {t('provider.setWeight')}
                </button>
                {row.online && !row.disabledByRule ? (
                  <button type="button" onClick={() => props.onAction({ action: 'disable', provider: row })}>
                    <Icon name="idle" size={14} />
                    {t('provider.disable')}
                  </button>
                ) : (
                  <button type="button" onClick={() => props.onAction({ action: 'enable', provider: row })}>
                    <Icon name="ok" size={14} />
                    {t('provider.enable')}
                  </button>
                )}
              </Menu>
            ),
          } satisfies Column<ProviderRow>,
        ]
      : []),
  ]
  return (
    <>
      <Table
        caption={t('column.providers')}
        columns={columns}
        rows={data.providers.slice(offset, offset + limit)}
        id={(row) => `${row.address} ${keyText(row.key)}`}
        off={(row) => !row.online || row.disabledByRule}
        empty={
          <Empty icon="instances" title={t('service.noProviders')}>
            {t(data.service.consumers > 0 ? 'service.noProvidersNote' : 'service.nobodyNote')}
          </Empty>
        }
      />
      {data.providers.length > limit && (
        <Pager total={data.providers.length} offset={offset} limit={limit} onOffset={setOffset} />
      )}
      {data.service.providers > data.providers.length && (
        <p class="card-foot faint">{t('service.firstOnly', { n: data.providers.length })}</p>
      )}
    </>
  )
}

function Consumers({ data }: { readonly data: ServiceDetail }) {
  const [offset, setOffset] = useState(0)
  const now = Date.now()
  const columns: Column<ConsumerRow>[] = [
    {
      key: 'application',
      title: t('column.application'),
      main: true,
      cell: (row) => (
        <a href={to('applications', row.application || '-')}>{row.application || t('application.unnamed')}</a>
      ),
    },
    { key: 'host', title: t('column.host'), cell: (row) => <span class="mono">{row.host}</span> },
    { key: 'kind', title: t('column.kind'), cell: (row) => <Kind kind={row.kind} /> },
    { key: 'key', title: t('column.asksFor'), cell: (row) => <span class="break">{keyText(row.key)}</span> },
    {
      key: 'since',
      title: t('column.uptime'),
      end: true,
      cell: (row) => (row.since ? lasting((now - Date.parse(row.since)) / 1000) : <span class="faint">–</span>),
    },
    ...figureColumns<ConsumerRow>(),
  ]
  return (
    <>
      <Table
        caption={t('column.consumers')}
        columns={columns}
        rows={data.consumers.slice(offset, offset + limit)}
        id={(row) => JSON.stringify([row.application, row.host, row.key, row.since])}
        empty={
          <Empty icon="applications" title={t('service.noConsumers')}>
            {t('service.noConsumersNote')}
          </Empty>
        }
      />
      {data.consumers.length > limit && (
        <Pager total={data.consumers.length} offset={offset} limit={limit} onOffset={setOffset} />
      )}
    </>
  )
}

/** Calls, errors and latency of a row; nothing while nobody counts. */
export function figureColumns<T extends Pick<ProviderRow, 'figures'>>(): Column<T>[] {
  if (status.value?.monitor.state === 'none') return []
  const none = <span class="faint">–</span>
  return [
    {
      key: 'rate',
      title: t('figure.rate'),
      end: true,
      cell: ({ figures }) => (figures ? compact(figures.rate) : none),
    },
    {
      key: 'errors',
      title: t('figure.errors'),
      end: true,
      cell: ({ figures }) => {
        if (!figures) return none
        return figures.errorRate > 0 ? (
          <strong class="bad-text">{compact(figures.errorRate)}</strong>
        ) : (
          <span class="faint">0</span>
        )
      },
    },
    {
      key: 'p99',
      title: t('figure.p99'),
      end: true,
      cell: ({ figures }) =>
        figures?.p99Ms !== undefined ? <span class="nowrap">{milliseconds(figures.p99Ms)}</span> : none,
    },
  ]
}

function Incompatible({ pairs }: { readonly pairs: readonly IncompatiblePair[] }) {
  return (
    <Card title={t('incompatible.title')} note={t('incompatible.note')}>
      <ul class="stack-small">
        {pairs.slice(0, 20).map((pair, i) => (
          <li key={i}>
            <Notice tone="bad" icon="warn">
              <strong>
                {pair.consumer.application || t('application.unnamed')} ({pair.consumer.host})
              </strong>{' '}
              {pair.kind === 'version'
                ? t('incompatible.version', { key: keyText(pair.consumer.key) })
                : t('incompatible.contract', { list: pair.providers.slice(0, 5).join(', ') })}
              {pair.reasons.length > 0 && (
                <ul class="small">
                  {pair.reasons.slice(0, 8).map((reason) => (
                    <li key={reason}>{reason}</li>
                  ))}
                </ul>
              )}
            </Notice>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Garbage({ entries }: { readonly entries: ServiceDetail['garbage'] }) {
  return (
    <Card title={t('garbage.title')} note={t('garbage.note')} flush>
      <Table
        caption={t('garbage.title')}
        columns={[
          { key: 'entry', title: t('garbage.entry'), cell: ({ entry }) => <code class="break">{entry}</code> },
          { key: 'reason', title: t('garbage.reason'), cell: ({ reason }) => <span class="break">{reason}</span> },
        ]}
        rows={entries.slice(0, 50)}
        id={({ entry }) => entry}
      />
    </Card>
  )
}

/** What the providers of one group and version promise; where there are several, one is chosen. */
function KeyedContract(props: {
  readonly data: ServiceDetail
  readonly children: (contract: ContractData, key: ServiceKeyText) => preact.ComponentChildren
}) {
  const { keys, service, providers } = props.data
  const provided = keys.filter((key) => providers.some((provider) => sameKey(provider.key, key)))
  const offered = provided.length > 0 ? provided : keys
  const chosen = route.value.query.get('key')
  const key = offered.find((each) => keyText(each) === chosen) ?? offered[0] ?? { name: service.name }
  const { data, error, again } = useLoad<ContractData>(
    `${api(['services', service.name, 'contract'])}?${new URLSearchParams({ group: key.group ?? '', version: key.version ?? '' })}`,
    ['registry'],
  )
  return (
    <>
      {offered.length > 1 && (
        <div class="card-head">
          <label class="check">
            {t('service.key')}
            <select value={keyText(key)} onChange={(event) => setQuery({ key: event.currentTarget.value })}>
              {offered.map((each) => (
                <option key={keyText(each)} value={keyText(each)}>
                  {keyText(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {error && !data && (
        <div class="card-body">
          <Problem error={error} again={again} />
        </div>
      )}
      {!data && !error && <Loading />}
      {data && props.children(data, key)}
    </>
  )
}

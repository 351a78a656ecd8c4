import type { ComponentChildren } from 'preact'
import type { InstanceRow, ProviderRow, ServiceStatus } from '../../api.ts'
import { type TextKey, t } from '../text.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'idle'

/** A state, said in words, with a sign and a colour. */
export function Badge(props: {
  readonly tone: Tone
  readonly icon?: IconName | undefined
  readonly title?: string | undefined
  /** A sentence, which may take several lines. */
  readonly whole?: boolean
  readonly children: ComponentChildren
}) {
  return (
    <span class={`badge ${props.tone}${props.whole ? ' whole' : ''}`} title={props.title}>
      <Icon name={props.icon ?? props.tone} size={12} />
      {props.children}
    </span>
  )
}

const serviceTones: Readonly<Record<ServiceStatus, Tone>> = {
  in_use: 'ok',
  no_consumer: 'idle',
  no_provider: 'bad',
  all_offline: 'warn',
  nobody: 'idle',
}

export function ServiceBadge({ status }: { readonly status: ServiceStatus }) {
  return <Badge tone={serviceTones[status] ?? 'idle'}>{t(`status.${status}` as TextKey)}</Badge>
}

export function ProviderBadge({ provider }: { readonly provider: Pick<ProviderRow, 'online' | 'disabledByRule'> }) {
  if (provider.disabledByRule) return <Badge tone="warn">{t('provider.disabledByRule')}</Badge>
  if (!provider.online) return <Badge tone="warn">{t('provider.offline')}</Badge>
  return <Badge tone="ok">{t('provider.online')}</Badge>
}

export function InstanceBadge({ instance }: { readonly instance: InstanceRow }) {
  if (instance.role === 'consumer') return <Badge tone="info">{t('instance.consumer')}</Badge>
  if (instance.online === 0) return <Badge tone="warn">{t('provider.offline')}</Badge>
  return (
    <Badge tone={instance.online < instance.services ? 'warn' : 'ok'}>
      {instance.online < instance.services
        ? t('instance.partly', { online: instance.online, of: instance.services })
        : t('provider.online')}
    </Badge>
  )
}

/** Whose process it is: ours, or Java's. */
export function Kind({ kind }: { readonly kind: 'tsubo' | 'java' }) {
  return <span class="chip">{kind === 'java' ? 'Java' : 'tsubo'}</span>
}

/** Whose process it is, and what else it speaks. */
export function Protocols({
  kind,
  protocols,
}: {
  readonly kind: 'tsubo' | 'java'
  readonly protocols: readonly string[]
}) {
  return (
    <span class="row">
      <Kind kind={kind} />
      <span class="faint small">{protocols.filter((protocol) => protocol !== kind).join(', ')}</span>
    </span>
  )
}

export function Chips({ values, most = 4 }: { readonly values: readonly string[]; readonly most?: number }) {
  if (values.length === 0) return <span class="faint">–</span>
  return (
    <span class="row">
      {values.slice(0, most).map((value) => (
        <span key={value} class="chip">
          {value}
        </span>
      ))}
      {values.length > most && <span class="faint small">+{values.length - most}</span>}
    </span>
  )
}

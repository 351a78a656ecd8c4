import type { ComponentChildren } from 'preact'
import type { RequestError } from '../request.ts'
import { t } from '../text.ts'
import { Icon, type IconName } from './icon.tsx'

/** Something that holds for what stands below. */
export function Notice(props: {
  readonly tone: 'info' | 'warn' | 'bad' | 'ok'
  readonly icon?: IconName
  /** Said at once to those who can't see it. */
  readonly urgent?: boolean
  readonly action?: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <div class={`notice ${props.tone}`} role={props.urgent ? 'alert' : undefined}>
      <Icon name={props.icon ?? props.tone} />
      <div>{props.children}</div>
      {props.action}
    </div>
  )
}

/** A place where something could be, and what to do so that it is. */
export function Empty(props: {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}) {
  return (
    <div class="empty">
      <Icon name={props.icon} size={28} />
      <strong>{props.title}</strong>
      {props.children && <p>{props.children}</p>}
    </div>
  )
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="unseen">{t('state.loading')}</span>
      <span />
      <span />
      <span />
    </div>
  )
}

/** What went wrong with a request, in the reader's language as far as it has words for it. */
export function problemText(error: RequestError): string {
  switch (error.code) {
    case 'unreachable':
      return t('problem.unreachable')
    case 'forbidden':
      return t('problem.forbidden')
    case 'too_many':
      return t('problem.tooMany', { n: error.retryAfterSeconds ?? 60 })
    case 'conflict':
      return `${t('problem.conflict')} ${error.message}`
    default:
      return error.message
  }
}

export function Problem({ error, again }: { readonly error: RequestError; readonly again?: () => void }) {
  return (
    <Notice
      tone={error.code === 'unavailable' ? 'warn' : 'bad'}
      urgent
      action={
        again && (
          <button type="button" class="button small" onClick={again}>
            {t('action.retry')}
          </button>
        )
      }
    >
      {problemText(error)}
    </Notice>
  )
}

export function Wrong({ id, children }: { readonly id?: string; readonly children: ComponentChildren }) {
  return (
    <p class="wrong" id={id}>
      <Icon name="bad" size={12} />
      <span>{children}</span>
    </p>
  )
}

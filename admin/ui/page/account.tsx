import { useId, useRef, useState } from 'preact/hooks'
import type { Session } from '../../api.ts'
import { dateTime } from '../format.ts'
import { Card, PageHead } from '../part/card.tsx'
import { Notice, problemText, Wrong } from '../part/notice.tsx'
import { tell } from '../part/toast.tsx'
import { api, post, RequestError, session } from '../request.ts'
import { t } from '../text.ts'

/** Who one is, and another password. */
export function Account() {
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const [mismatch, setMismatch] = useState(false)
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const id = useId()
  if (typeof session.value !== 'object') return null
  const { user, expiresAt, idleTimeoutMs, defaultPassword } = session.value

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    setError(undefined)
    setMismatch(data.get('next') !== data.get('again'))
    if (data.get('next') !== data.get('again')) return
    setBusy(true)
    try {
      session.value = await post<Session>(api(['password']), {
        current: String(data.get('current')),
        next: String(data.get('next')),
      })
      form.current?.reset()
      tell(t('account.changed'))
    } catch (failed) {
      if (failed instanceof RequestError) setError(failed)
    } finally {
      setBusy(false)
    }
  }
  const field = (name: 'current' | 'next' | 'again', autocomplete: 'current-password' | 'new-password') => (
    <div class="field">
      <label for={`${id}-${name}`}>{t(`account.${name}`)}</label>
      <input
        id={`${id}-${name}`}
        name={name}
        type="password"
        required
        minLength={name === 'current' ? undefined : 8}
        maxLength={256}
        autocomplete={autocomplete}
        aria-invalid={(name === 'again' && mismatch) || error?.field === name}
        aria-describedby={name === 'again' && mismatch ? `${id}-mismatch` : undefined}
      />
      {name === 'next' && <p class="hint">{t('account.rule')}</p>}
      {name === 'again' && mismatch && <Wrong id={`${id}-mismatch`}>{t('account.mismatch')}</Wrong>}
    </div>
  )
  return (
    <>
      <PageHead title={t('nav.account')} />
      <div class="grid-2">
        <Card title={t('account.password')}>
          <form class="stack" ref={form} onSubmit={(event) => void submit(event)}>
            {defaultPassword && <Notice tone="warn">{t('banner.defaultPassword')}</Notice>}
            {error && (
              <Notice tone="bad" urgent>
                {error.status === 401 || error.field === 'current' ? t('account.wrong') : problemText(error)}
              </Notice>
            )}
            <input type="hidden" name="username" autocomplete="username" value={user.name} />
            {field('current', 'current-password')}
            {field('next', 'new-password')}
            {field('again', 'new-password')}
            <div>
              <button type="submit" class="button primary" disabled={busy}>
                {t('account.change')}
              </button>
            </div>
          </form>
        </Card>
        <Card title={t('account.session')}>
          <dl class="facts">
            <dt>{t('login.username')}</dt>
            <dd>{user.name}</dd>
            <dt>{t('account.role')}</dt>
            <dd>
              {t(`role.${user.role}`)} <span class="faint">{t(`role.${user.role}.note`)}</span>
            </dd>
            <dt>{t('account.expires')}</dt>
            <dd>{dateTime(expiresAt)}</dd>
            <dt>{t('account.idle')}</dt>
            <dd>{t('account.minutes', { n: Math.round(idleTimeoutMs / 60_000) })}</dd>
          </dl>
        </Card>
      </div>
    </>
  )
}

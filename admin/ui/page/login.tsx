import { useEffect, useId, useState } from 'preact/hooks'
import type { About, Session } from '../../api.ts'
import { Jar } from '../part/icon.tsx'
import { Notice, problemText } from '../part/notice.tsx'
import { api, get, post, RequestError, session } from '../request.ts'
import { chooseLanguage, language } from '../setting.ts'
import { t } from '../text.ts'

/** Asks for name and password; afterwards the page that was asked for is there. */
export function Login() {
  const [about, setAbout] = useState<About | undefined>(undefined)
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const id = useId()

  useEffect(() => {
    document.title = `${t('login.title')} · tsubo`
    get<About>(api(['about'])).then(setAbout, () => undefined)
  }, [])

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    try {
      session.value = await post<Session>(api(['login']), {
        username: String(form.get('username')),
        password: String(form.get('password')),
      })
    } catch (failed) {
      setError(failed instanceof RequestError ? failed : undefined)
    } finally {
      setBusy(false)
    }
  }

  return (
    <main class="login">
      <div>
        <div class="login-card">
          <div class="brand">
            <Jar />
            tsubo
            {about && <small>{about.version}</small>}
          </div>
          <h1>{t('login.title')}</h1>
          <p class="soft">{t('login.note')}</p>
          <form onSubmit={(event) => void submit(event)}>
            {error && (
              <Notice tone="bad" urgent>
                {error.status === 401 ? t('login.wrong') : problemText(error)}
              </Notice>
            )}
            <div class="field">
              <label for={`${id}-name`}>{t('login.username')}</label>
              <input id={`${id}-name`} name="username" autocomplete="username" spellcheck={false} required autofocus />
            </div>
            <div class="field">
              <label for={`${id}-password`}>{t('login.password')}</label>
              <input id={`${id}-password`} name="password" type="password" autocomplete="current-password" required />
            </div>
            <button type="submit" class="button primary wide" disabled={busy}>
              {t('login.submit')}
            </button>
            {about?.defaultPassword && <p class="hint">{t('login.default')}</p>}
          </form>
        </div>
        <div class="login-foot">
          {(['en', 'zh-CN'] as const).map((each) => (
            <button
              key={each}
              type="button"
              class="button quiet small"
              lang={each}
              aria-pressed={language.value === each}
              onClick={() => chooseLanguage(each)}
            >
              {each === 'en' ? 'English' : '简体中文'}
            </button>
          ))}
        </div>
      </div>
    </main>
  )
}

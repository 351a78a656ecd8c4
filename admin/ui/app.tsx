import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Session } from '../api.ts'
import { Announcements } from './announcements.tsx'
import { Account } from './page/account.tsx'
import { Application, Applications } from './page/application.tsx'
import { Audit } from './page/audit.tsx'
import { Instance, Instances } from './page/instance.tsx'
import { Login } from './page/login.tsx'
import { NotFound } from './page/not-found.tsx'
import { Overview } from './page/overview.tsx'
import { Rule } from './page/rule.tsx'
import { Rules } from './page/rules.tsx'
import { Service } from './page/service.tsx'
import { Services } from './page/services.tsx'
import { Topology } from './page/topology.tsx'
import { Users } from './page/users.tsx'
import { Loading, Problem } from './part/notice.tsx'
import { Toast } from './part/toast.tsx'
import { api, get, type RequestError, session } from './request.ts'
import { type Route, route } from './route.ts'
import { Shell } from './shell.tsx'
import { t } from './text.ts'

export function App() {
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const ask = (): void => {
    setError(undefined)
    get<Session>(api(['session'])).then(
      (found) => {
        session.value = found
      },
      (failed: RequestError) => {
        if (failed.status !== 401) setError(failed)
      },
    )
  }
  useEffect(ask, [])

  if (session.value === undefined) {
    return <main class="page">{error ? <Problem error={error} again={ask} /> : <Loading />}</main>
  }
  if (session.value === 'none') return <Login />
  return (
    <>
      <Shell>
        <Page />
      </Shell>
      <Announcements />
      <Toast />
    </>
  )
}

/** The page that the address names. It has the focus when it is a new one, so that screen readers begin there. */
function Page() {
  const { title, content, id } = pageOf(route.value)
  const element = useRef<HTMLElement>(null)
  const before = useRef(id)
  useEffect(() => {
    document.title = `${title} · tsubo`
    if (before.current !== id) element.current?.focus()
    before.current = id
  }, [id, title])
  return (
    <main id="page" class="page" tabIndex={-1} ref={element} key={id}>
      {content}
    </main>
  )
}

interface PageContent {
  /** Equal for pages that differ in their parameters only. */
  readonly id: string
  readonly title: string
  readonly content: ComponentChildren
}

function pageOf({ path }: Route): PageContent {
  const [section, name, ...more] = path
  const id = path.join('/')
  if (more.length > 0) return { id, title: t('notFound.title'), content: <NotFound /> }
  switch (section) {
    case undefined:
      return { id, title: t('nav.overview'), content: <Overview /> }
    case 'services':
      if (name !== undefined) return { id, title: name, content: <Service name={name} /> }
      return { id, title: t('nav.services'), content: <Services /> }
    case 'applications':
      if (name !== undefined) return { id, title: name, content: <Application name={name} /> }
      return { id, title: t('nav.applications'), content: <Applications /> }
    case 'instances':
      if (name !== undefined) return { id, title: name, content: <Instance address={name} /> }
      return { id, title: t('nav.instances'), content: <Instances /> }
    case 'rules':
      if (name !== undefined) return { id, title: name, content: <Rule name={name} /> }
      return { id, title: t('nav.rules'), content: <Rules /> }
  }
  if (name === undefined) {
    switch (section) {
      case 'topology':
        return { id, title: t('nav.topology'), content: <Topology /> }
      case 'audit':
        return { id, title: t('nav.audit'), content: <Audit /> }
      case 'account':
        return { id, title: t('nav.account'), content: <Account /> }
      case 'users':
        return { id, title: t('nav.users'), content: <Users /> }
    }
  }
  return { id, title: t('notFound.title'), content: <NotFound /> }
}

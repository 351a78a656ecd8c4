import type { ComponentChildren } from 'preact'
import { clockTime } from './format.ts'
import { liveness, status } from './live.ts'
import { Badge } from './part/badge.tsx'
import { Icon, type IconName, Jar } from './part/icon.tsx'
import { Menu } from './part/menu.tsx'
import { Notice } from './part/notice.tsx'
import { api, post, session } from './request.ts'
import { route } from './route.ts'
import { SearchBox } from './search-box.tsx'
import { chooseLanguage, chooseTheme, language, theme } from './setting.ts'
import { type TextKey, t } from './text.ts'

const observe: readonly [string, IconName, TextKey][] = [
  ['', 'overview', 'nav.overview'],
  ['services', 'services', 'nav.services'],
  ['applications', 'applications', 'nav.applications'],
  ['instances', 'instances', 'nav.instances'],
  ['topology', 'topology', 'nav.topology'],
]
const govern: readonly [string, IconName, TextKey][] = [['rules', 'rules', 'nav.rules']]
const auditLink: [string, IconName, TextKey] = ['audit', 'audit', 'nav.audit']
const usersLink: [string, IconName, TextKey] = ['users', 'users', 'nav.users']

/** What is around every page: where to go, how things stand, who one is. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const role = typeof session.value === 'object' ? session.value.user.role : 'viewer'
  const [section = ''] = route.value.path
  const minding = [...(role === 'viewer' ? [] : [auditLink]), ...(role === 'admin' ? [usersLink] : [])]
  return (
    <div class="shell">
      <a class="skip" href="#page">
        {t('shell.skip')}
      </a>
      <aside class="side">
        <a class="brand" href="/">
          <Jar />
          tsubo
        </a>
        <nav class="nav" aria-label={t('shell.nav')}>
          <h2>{t('shell.observe')}</h2>
          {observe.map((each) => (
            <NavLink key={each[0]} link={each} section={section} />
          ))}
          <h2>{t('shell.govern')}</h2>
          {[...govern, ...minding].map((each) => (
            <NavLink key={each[0]} link={each} section={section} />
          ))}
        </nav>
        <div class="side-foot">
          {status.value && (
            <>
              <span class="break">{status.value.registry.name}</span>
              <span>tsubo {status.value.version}</span>
            </>
          )}
        </div>
      </aside>
      <div>
        <header class="bar">
          <SearchBox />
          <span class="grow" />
          <RegistryState />
          <Liveness />
          <LanguageMenu />
          <ThemeMenu />
          <AccountMenu />
        </header>
        <Notices />
        {children}
      </div>
    </div>
  )
}

function NavLink(props: { readonly link: readonly [string, IconName, TextKey]; readonly section: string }) {
  const [path, icon, text] = props.link
  return (
    <a href={`/${path}`} aria-current={props.section === path ? 'page' : undefined}>
      <Icon name={icon} />
      {t(text)}
    </a>
  )
}

function RegistryState() {
  const registry = status.value?.registry
  if (!registry) return null
  switch (registry.state) {
    case 'connected':
      return (
        <Badge tone="ok" title={registry.name}>
          {t('registry.connected')}
        </Badge>
      )
    case 'syncing':
      return (
        <Badge tone="info" icon="syncing" title={registry.name}>
          {t('registry.syncing')}
        </Badge>
      )
    case 'away':
      return (
        <Badge tone="bad" icon="away" title={registry.name}>
          {t('registry.away')}
        </Badge>
      )
  }
}

function Liveness() {
  switch (liveness.value) {
    case 'live':
      return (
        <Badge tone="ok" icon="live" title={t('live.liveNote')}>
          {t('live.live')}
        </Badge>
      )
    case 'connecting':
      return (
        <Badge tone="idle" icon="syncing">
          {t('live.connecting')}
        </Badge>
      )
    case 'away':
      return (
        <Badge tone="warn" icon="away" title={t('live.awayNote')}>
          {t('live.away')}
        </Badge>
      )
  }
}

/** What holds for every page: who is away, and which password everybody knows. */
function Notices() {
  const { value } = status
  const defaultPassword = typeof session.value === 'object' && session.value.defaultPassword
  const { registry, monitor } = value ?? {}
  const shown = [
    defaultPassword && (
      <Notice key="password" tone="warn" icon="key" action={<a href="/account">{t('banner.changePassword')}</a>}>
        {t('banner.defaultPassword')}
      </Notice>
    ),
    liveness.value === 'away' && (
      <Notice key="live" tone="warn" icon="away" urgent>
        {t('live.awayNote')}
      </Notice>
    ),
    registry?.state === 'syncing' && (
      <Notice key="syncing" tone="info" icon="syncing">
        <strong>{t('registry.syncing')}</strong>{' '}
        {registry.progress
          ? t('registry.syncingProgress', { read: registry.progress.read, of: registry.progress.of })
          : t('registry.syncingNote')}
      </Notice>
    ),
    registry?.state === 'away' && (
      <Notice key="away" tone="bad" icon="away" urgent>
        <strong>{t('registry.awayTitle', { name: registry.name })}</strong>{' '}
        {t('registry.awayNote', { time: clockTime(Date.parse(registry.since), true) })}
        {registry.reason && <span class="small"> ({registry.reason})</span>}
      </Notice>
    ),
    monitor?.state === 'away' && (
      <Notice key="monitor" tone="warn" icon="away">
        {t('monitor.away')}
        {monitor.reason && <span class="small"> ({monitor.reason})</span>}
      </Notice>
    ),
  ].filter(Boolean)
  return shown.length > 0 ? (
    <section class="notices" aria-label={t('shell.notices')}>
      {shown}
    </section>
  ) : null
}

function LanguageMenu() {
  return (
    <Menu
      label={`${t('shell.language')}: ${language.value === 'en' ? 'EN' : '中'}`}
      quiet
      button={
        <>
          <Icon name="language" />
          {language.value === 'en' ? 'EN' : '中'}
        </>
      }
    >
      <button type="button" lang="en" aria-current={language.value === 'en'} onClick={() => chooseLanguage('en')}>
        English
      </button>
      <button
        type="button"
        lang="zh-CN"
        aria-current={language.value === 'zh-CN'}
        onClick={() => chooseLanguage('zh-CN')}
      >
        简体中文
      </button>
    </Menu>
  )
}

function ThemeMenu() {
  const icon: IconName = theme.value === 'dark' ? 'moon' : theme.value === 'light' ? 'sun' : 'system'
  return (
    <Menu label={t('shell.theme')} quiet icon button={<Icon name={icon} />}>
      {(['light', 'dark', 'system'] as const).map((each) => (
        <button key={each} type="button" aria-current={theme.value === each} onClick={() => chooseTheme(each)}>
          <Icon name={each === 'dark' ? 'moon' : each === 'light' ? 'sun' : 'system'} size={14} />
          {t(`theme.${each}`)}
        </button>
      ))}
    </Menu>
  )
}

function AccountMenu() {
  if (typeof session.value !== 'object') return null
  const { user } = session.value
  return (
    <Menu
      label={t('shell.account', { name: user.name })}
      quiet
      button={
        <>
          <Icon name="account" />
          <span class="ellipsis">{user.name}</span>
        </>
      }
    >
      <p>{t(`role.${user.role}`)}</p>
      <a href="/account">
        <Icon name="key" size={14} />
        {t('nav.account')}
      </a>
      <button type="button" onClick={() => void logOut()}>
        <Icon name="logout" size={14} />
        {t('account.logOut')}
      </button>
    </Menu>
  )
}

async function logOut(): Promise<void> {
  await post(api(['logout']), {}).catch(() => undefined)
  session.value = 'none'
}

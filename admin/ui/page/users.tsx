import { useId, useState } from 'preact/hooks'
import type { Role, UserRow } from '../../api.ts'
import { dateTime } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { Dialog } from '../part/dialog.tsx'
import { Icon } from '../part/icon.tsx'
import { Menu } from '../part/menu.tsx'
import { Loading, Problem } from '../part/notice.tsx'
import { Table } from '../part/table.tsx'
import { tell } from '../part/toast.tsx'
import { api, patch, post, RequestError, remove, session } from '../request.ts'
import { t } from '../text.ts'

const roles: readonly Role[] = ['viewer', 'operator', 'admin']

type Work = { readonly kind: 'create' } | { readonly kind: 'role' | 'password' | 'delete'; readonly user: UserRow }

/** Who may use the console, and as what. */
export function Users() {
  const { data, error, again } = useLoad<readonly UserRow[]>(api(['users']))
  const [work, setWork] = useState<Work | undefined>(undefined)
  const me = typeof session.value === 'object' ? session.value.user.name : ''
  return (
    <>
      <PageHead
        title={t('nav.users')}
        actions={
          <button type="button" class="button primary" onClick={() => setWork({ kind: 'create' })}>
            <Icon name="plus" size={13} />
            {t('users.new')}
          </button>
        }
      >
        <p>{t('users.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        {data ? (
          <Table
            caption={t('nav.users')}
            rows={data}
            id={(row) => row.name}
            columns={[
              {
                key: 'name',
                title: t('login.username'),
                main: true,
                cell: (row) => (
                  <span class="row">
                    {row.name}
                    {row.name === me && <span class="faint small">{t('users.you')}</span>}
                    {row.defaultPassword && <Badge tone="warn">{t('users.defaultPassword')}</Badge>}
                  </span>
                ),
              },
              { key: 'role', title: t('account.role'), cell: (row) => t(`role.${row.role}`) },
              { key: 'sessions', title: t('users.sessions'), end: true, cell: (row) => row.sessions },
              {
                key: 'login',
                title: t('users.lastLogin'),
                end: true,
                cell: (row) => (row.lastLoginAt ? dateTime(row.lastLoginAt) : <span class="faint">–</span>),
              },
              {
                key: 'actions',
                title: t('column.actions'),
                unseenTitle: true,
                tight: true,
                cell: (row) => (
                  <Menu
                    label={t('users.actions', { name: row.name })}
                    quiet
                    small
                    icon
                    button={<Icon name="more" size={14} />}
                  >
                    <button type="button" onClick={() => setWork({ kind: 'role', user: row })}>
                      {t('users.changeRole')}
                    </button>
                    <button type="button" onClick={() => setWork({ kind: 'password', user: row })}>
                      {t('users.setPassword')}
                    </button>
                    {row.name !== me && (
                      <button type="button" onClick={() => setWork({ kind: 'delete', user: row })}>
                        {t('users.delete')}
                      </button>
                    )}
                  </Menu>
                ),
              },
            ]}
          />
        ) : (
          !error && <Loading />
        )}
      </Card>
      {work && (
        <UserDialog
          work={work}
          onClose={(done) => {
            setWork(undefined)
            if (done) again()
          }}
        />
      )}
    </>
  )
}

function UserDialog({ work, onClose }: { readonly work: Work; readonly onClose: (done: boolean) => void }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>(work.kind === 'create' ? 'viewer' : work.user.role)
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const id = useId()
  const submit = async (): Promise<void> => {
    try {
      if (work.kind === 'create') await post(api(['users']), { name, password, role })
      else if (work.kind === 'delete') await remove(api(['users', work.user.name]))
      else await patch(api(['users', work.user.name]), work.kind === 'role' ? { role } : { password })
      tell(t('users.done'))
      onClose(true)
    } catch (failed) {
      if (failed instanceof RequestError) setError(failed)
    }
  }
  const of = work.kind === 'create' ? '' : work.user.name
  return (
    <Dialog
      title={t(`users.title.${work.kind}`, { name: of })}
      onClose={() => onClose(false)}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" class="button" onClick={() => onClose(false)}>
            {t('action.cancel')}
          </button>
          <button type="submit" class={`button ${work.kind === 'delete' ? 'danger' : 'primary'}`}>
            {t(work.kind === 'delete' ? 'users.delete' : 'action.save')}
          </button>
        </>
      }
    >
      {error && <Problem error={error} />}
      {work.kind === 'create' && (
        <div class="field">
          <label for={`${id}-name`}>{t('login.username')}</label>
          <input
            id={`${id}-name`}
            required
            pattern="[A-Za-z0-9._@\-]{1,64}"
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
      )}
      {(work.kind === 'create' || work.kind === 'password') && (
        <div class="field">
          <label for={`${id}-password`}>{t('login.password')}</label>
          <input
            id={`${id}-password`}
            type="password"
            required
            minLength={8}
            maxLength={256}
            autocomplete="new-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          <p class="hint">{t('account.rule')}</p>
        </div>
      )}
      {(work.kind === 'create' || work.kind === 'role') && (
        <fieldset class="stack-small">
          <legend class="unseen">{t('account.role')}</legend>
          {roles.map((each) => (
            <label key={each} class="check">
              <input type="radio" name={`${id}-role`} checked={role === each} onChange={() => setRole(each)} />
              <span>
                {t(`role.${each}`)} <span class="faint">{t(`role.${each}.note`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {work.kind === 'delete' && <p>{t('users.deleteNote')}</p>}
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import type { AuditAction, AuditEntry, Page } from '../../api.ts'
import { dateTime } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { Dialog } from '../part/dialog.tsx'
import { Diff } from '../part/diff.tsx'
import { FilterField, FilterSelect } from '../part/filter.tsx'
import { Empty, Problem } from '../part/notice.tsx'
import { PagedTable } from '../part/paged-table.tsx'
import type { Column } from '../part/table.tsx'
import { api } from '../request.ts'
import { route, to } from '../route.ts'
import { t } from '../text.ts'
import { lineDiff } from './line-diff.ts'

const limit = 50
const actions: readonly AuditAction[] = [
  'rule.save',
  'rule.delete',
  'rule.rollback',
  'call',
  'login',
  'logout',
  'login.refused',
  'password.change',
  'user.create',
  'user.change',
  'user.delete',
]

/** Who did what, when, from where, and what it was before. */
export function Audit() {
  const { query } = route.value
  const asked = (name: string): string | undefined => query.get(name) ?? undefined
  const path = api(['audit'], {
    q: asked('q'),
    action: asked('action'),
    user: asked('user'),
    offset: Number(asked('offset') ?? 0) || 0,
    limit,
  })
  const list = useLoad<Page<AuditEntry>>(path, ['rule'], 'audit')
  const { error, again } = list
  const [shown, show] = useState<AuditEntry | undefined>(undefined)
  const columns: Column<AuditEntry>[] = [
    { key: 'at', title: t('audit.at'), tight: true, cell: (row) => <span class="number">{dateTime(row.at)}</span> },
    {
      key: 'user',
      title: t('audit.user'),
      cell: (row) => (
        <>
          {row.user || <span class="faint">–</span>}
          <div class="under mono">{row.host}</div>
        </>
      ),
    },
    { key: 'action', title: t('audit.action'), cell: (row) => t(`audit.action.${row.action}`) },
    {
      key: 'target',
      title: t('audit.target'),
      main: true,
      cell: (row) =>
        row.action.startsWith('rule.') ? (
          <a href={to('rules', row.target)}>{row.target}</a>
        ) : (
          row.target || <span class="faint">–</span>
        ),
    },
    {
      key: 'outcome',
      title: t('audit.outcome'),
      cell: (row) =>
        row.outcome === 'done' ? (
          <Badge tone="ok">{t('audit.done')}</Badge>
        ) : (
          <Badge tone="bad">{row.outcome.slice(0, 80)}</Badge>
        ),
    },
    {
      key: 'change',
      title: t('audit.change'),
      unseenTitle: true,
      tight: true,
      cell: (row) =>
        (row.before !== undefined || row.after !== undefined) && (
          <button type="button" class="button small" onClick={() => show(row)}>
            {t('audit.show')}
          </button>
        ),
    },
  ]
  return (
    <>
      <PageHead title={t('nav.audit')}>
        <p>{t('audit.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        <div class="card-head filters">
          <FilterField name="q" label={t('audit.search')} placeholder={t('audit.search')} />
          <FilterSelect
            name="action"
            label={t('audit.action')}
            all={t('audit.anyAction')}
            options={actions}
            title={(action) => t(`audit.action.${action}`)}
          />
        </div>
        <PagedTable
          caption={t('nav.audit')}
          columns={columns}
          list={list}
          id={(row) => String(row.id)}
          empty={<Empty icon="audit" title={t('audit.none')} />}
        />
      </Card>
      {shown && (
        <Dialog
          title={`${t(`audit.action.${shown.action}`)}: ${shown.target}`}
          wide
          onClose={() => show(undefined)}
          footer={
            <button type="button" class="button" onClick={() => show(undefined)}>
              {t('action.close')}
            </button>
          }
        >
          <p class="soft">{t('audit.who', { user: shown.user, host: shown.host, time: dateTime(shown.at) })}</p>
          <Diff lines={lineDiff(shown.before ?? '', shown.after ?? '')} />
        </Dialog>
      )}
    </>
  )
}

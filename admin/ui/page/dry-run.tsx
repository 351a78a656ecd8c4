import { useEffect } from 'preact/hooks'
import type { RuleDelivery, RulePreview } from '../../api.ts'
import { percent } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge } from '../part/badge.tsx'
import { Diff } from '../part/diff.tsx'
import { Icon } from '../part/icon.tsx'
import { Notice } from '../part/notice.tsx'
import { Table } from '../part/table.tsx'
import { api } from '../request.ts'
import { t } from '../text.ts'

/** What a rule would do, in sentences, and what changes in its text. */
export function DryRun({ preview }: { readonly preview: RulePreview }) {
  const { problem, traffic, matches, warnings, diff } = preview
  const calls = traffic?.providers.reduce((sum, { before }) => sum + before, 0) || 1
  return (
    <div class="stack-small" aria-live="polite">
      {problem ? (
        <Notice tone="bad" urgent>
          <strong>{t('dryRun.noRule')}</strong>{' '}
          {problem.line !== undefined && `${t('dryRun.line', { line: problem.line })} `}
          {problem.message}
        </Notice>
      ) : (
        <>
          <Notice
            tone={traffic && traffic.failing > 0 ? 'bad' : 'info'}
            icon={traffic && traffic.failing > 0 ? 'warn' : 'topology'}
          >
            <strong>{trafficSentence(preview)}</strong>
            {matches.length > 0 && (
              <ul class="small">
                {matches.map((match) => (
                  <li key={match.part}>
                    <code>{match.part}</code>{' '}
                    {t(match.of === 'providers' ? 'dryRun.matchesProviders' : 'dryRun.matchesConsumers', {
                      n: match.count,
                      among: match.among,
                    })}
                    {match.matched.length > 0 &&
                      `: ${match.matched.slice(0, 6).join(', ')}${match.count > 6 ? ' …' : ''}`}
                    {match.note && ` – ${match.note}`}
                  </li>
                ))}
              </ul>
            )}
          </Notice>
          {warnings.map((warning) => (
            <Notice key={warning} tone="warn">
              {warning}
            </Notice>
          ))}
          {traffic && traffic.providers.length > 0 && traffic.moved > 0 && (
            <Table
              caption={t('dryRun.shares')}
              columns={[
                { key: 'address', title: t('column.provider'), cell: (row) => <span class="mono">{row.address}</span> },
                { key: 'before', title: t('dryRun.before'), end: true, cell: (row) => percent(row.before / calls) },
                {
                  key: 'after',
                  title: t('dryRun.after'),
                  end: true,
                  cell: (row) => <strong>{percent(row.after / calls)}</strong>,
                },
              ]}
              rows={traffic.providers.slice(0, 20)}
              id={(row) => row.address}
            />
          )}
        </>
      )}
      <Diff lines={diff} />
    </div>
  )
}

/** "Would move 23 % of the traffic of the last minute." */
function trafficSentence({ traffic, matches, changed }: RulePreview): string {
  if (!changed) return t('dryRun.unchanged')
  const count = matches.reduce((sum, { count }) => sum + count, 0)
  if (!traffic) return t('dryRun.noTraffic', { n: count })
  if (traffic.rate === 0) return t('dryRun.noCalls')
  const moved = t('dryRun.moved', { share: percent(traffic.moved) })
  return traffic.failing > 0 ? `${moved} ${t('dryRun.failing', { share: percent(traffic.failing) })}` : moved
}

const askAgainMs = 1500

/** Who goes by a rule: asked again until all have said so. */
export function Delivery({ name }: { readonly name: string }) {
  const { data, error, again } = useLoad<RuleDelivery>(api(['rules', name, 'delivery']), ['rule', 'registry'])
  const open = data !== undefined && data.applied < data.consumers
  useEffect(() => {
    if (!open) return
    const timer = setTimeout(again, askAgainMs)
    return () => clearTimeout(timer)
  }, [data, open])
  if (error?.status === 404) return null
  if (!data) return <p class="faint">{t('state.loading')}</p>
  const all = data.applied === data.consumers
  return (
    <div class="stack-small">
      <p class="row" aria-live="polite">
        <Badge
          whole
          tone={data.refusing.length > 0 ? 'bad' : all ? (data.consumers > 0 ? 'ok' : 'idle') : 'info'}
          icon={all ? undefined : 'syncing'}
        >
          {deliverySentence(data)}
        </Badge>
        {data.silent > 0 && <span class="soft">{t('delivery.silent', { n: data.silent })}</span>}
      </p>
      {data.refusing.map(({ consumer, reason }) => (
        <Notice key={consumer} tone="bad">
          {t('delivery.refuses', { consumer, reason })}
        </Notice>
      ))}
      {data.waiting.length > 0 && data.waiting.length < data.consumers + 1 && (
        <details>
          <summary class="small soft">{t('delivery.waiting', { n: data.waiting.length })}</summary>
          <ul class="small">
            {data.waiting.slice(0, 20).map(({ consumer, revision }) => (
              <li key={consumer}>
                <Icon name="syncing" size={12} /> {consumer} {revision && <span class="faint">{revision}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

/** "3 of 3 tsubo consumers applied revision 7a…" */
function deliverySentence({ consumers, applied, revision }: RuleDelivery): string {
  if (consumers === 0) return t('delivery.nobody')
  return t('delivery.applied', { applied, n: consumers, revision })
}

import type { DiffLine } from '../../api.ts'
import { t } from '../text.ts'

const signs = { same: ' ', added: '+', removed: '−' } as const

/** What a text was and what it becomes, line by line. */
export function Diff({ lines }: { readonly lines: readonly DiffLine[] }) {
  let before = 0
  let after = 0
  const added = lines.filter(({ kind }) => kind === 'added').length
  const removed = lines.filter(({ kind }) => kind === 'removed').length
  return (
    <div class="stack-small">
      <p class="small soft" role="status">
        {added + removed === 0 ? t('diff.none') : t('diff.counts', { added, removed })}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keys */}
      <section class="diff" tabIndex={0} aria-label={t('diff.label')}>
        <table>
          <caption class="unseen">{t('diff.label')}</caption>
          <tbody>
            {lines.map(({ kind, text }, i) => {
              const numbers = [kind === 'added' ? '' : ++before, kind === 'removed' ? '' : ++after]
              return (
                <tr key={i} class={kind === 'same' ? undefined : kind}>
                  <td class="no">{numbers[0]}</td>
                  <td class="no">{numbers[1]}</td>
                  <td class="sign">
                    {signs[kind]}
                    {kind !== 'same' && (
                      <span class="unseen">{t(kind === 'added' ? 'diff.added' : 'diff.removed')}</span>
                    )}
                  </td>
                  <td>{text || ' '}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </div>
  )
}

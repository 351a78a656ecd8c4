import { useEffect, useId, useState } from 'preact/hooks'
import type { ProviderRow, RuleDraft, RulePreview } from '../../api.ts'
import { Dialog } from '../part/dialog.tsx'
import { Loading, Notice, Problem } from '../part/notice.tsx'
import { tell } from '../part/toast.tsx'
import { api, post, put, RequestError } from '../request.ts'
import { to } from '../route.ts'
import { t } from '../text.ts'
import { Delivery, DryRun } from './dry-run.tsx'

export interface ProviderAction {
  readonly action: 'weight' | 'enable' | 'disable'
  readonly provider: ProviderRow
}

const settleMs = 250

/** Weight, off or on for one provider: shows what the rule would do before it is written, and who goes by it afterwards. */
export function ProviderActionDialog(props: { readonly action: ProviderAction; readonly onClose: () => void }) {
  const { action, provider } = props.action
  const [weight, setWeight] = useState(provider.effectiveWeight)
  const [tried, setTried] = useState<{ draft: RuleDraft; preview: RulePreview; weight: number } | undefined>(undefined)
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const [state, setState] = useState<'asking' | 'saving' | 'saved'>('asking')
  const [attempt, setAttempt] = useState(0)
  const id = useId()

  useEffect(() => {
    if (state !== 'asking') return
    const abort = new AbortController()
    const timer = setTimeout(
      async () => {
        const intent =
          action === 'weight'
            ? { action, service: provider.key, address: provider.address, weight }
            : { action, service: provider.key, address: provider.address }
        try {
          const drafted = await post<RuleDraft>(api(['rules', 'draft']), intent, abort.signal)
          const previewed = await post<RulePreview>(
            api(['rules', drafted.key, 'preview']),
            { text: drafted.text },
            abort.signal,
          )
          setTried({ draft: drafted, preview: previewed, weight })
          setError(undefined)
        } catch (failed) {
          if (!abort.signal.aborted && failed instanceof RequestError) setError(failed)
        }
      },
      tried ? settleMs : 0,
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [weight, attempt])

  const { draft, preview } = tried ?? {}
  // What is saved is what was shown, never a weight that was typed since.
  const ready = tried?.weight === weight && preview?.changed === true && !preview.problem && state === 'asking'

  const save = async (): Promise<void> => {
    if (!ready || !draft || !preview) return
    setState('saving')
    try {
      await put(api(['rules', draft.key]), { text: draft.text, expected: preview.expected })
      setState('saved')
      setError(undefined)
      tell(t('rule.saved', { key: draft.key }))
    } catch (failed) {
      setState('asking')
      if (failed instanceof RequestError) setError(failed)
    }
  }

  const key =
    `provider.${action === 'weight' ? 'setWeightOf' : action === 'disable' ? 'disableOf' : 'enableOf'}` as const
  return (
    <Dialog
      title={t(key, { address: provider.address })}
      wide
      onClose={props.onClose}
      onSubmit={() => void save()}
      footer={
        state === 'saved' ? (
          <button type="button" class="button primary" onClick={props.onClose}>
            {t('action.done')}
          </button>
        ) : (
          <>
            <button type="button" class="button" onClick={props.onClose}>
              {t('action.cancel')}
            </button>
            <button type="submit" class="button primary" disabled={!ready}>
              {t('rule.save')}
            </button>
          </>
        )
      }
    >
      {error && <Problem error={error} again={() => setAttempt((n) => n + 1)} />}
      {action === 'weight' && state !== 'saved' && (
        <div class="field">
          <label for={id}>{t('column.weight')}</label>
          <div class="row">
            <input
              id={id}
              type="range"
              min={0}
              max={Math.max(200, provider.weight * 2)}
              step={5}
              value={weight}
              aria-describedby={`${id}-hint`}
              onInput={(event) => setWeight(Number(event.currentTarget.value))}
            />
            <input
              type="number"
              min={0}
              max={10_000}
              class="narrow"
              aria-label={t('column.weight')}
              value={weight}
              onInput={(event) => setWeight(Math.max(0, Math.floor(event.currentTarget.valueAsNumber || 0)))}
            />
          </div>
          <p class="hint" id={`${id}-hint`}>
            {t('provider.weightHint', { registered: provider.weight })}
          </p>
        </div>
      )}
      {state === 'saved' && draft ? (
        <>
          <Notice tone="ok">
            {t('rule.savedIn')} <a href={to('rules', draft.key)}>{draft.key}</a>
          </Notice>
          <Delivery name={draft.key} />
        </>
      ) : preview && draft ? (
        <>
          <p class="small soft break">
            {t('rule.writesTo')} <code>{draft.key}</code>
          </p>
          <DryRun preview={preview} />
        </>
      ) : (
        !error && <Loading />
      )}
    </Dialog>
  )
}

import { useEffect, useMemo, useState } from 'preact/hooks'
import type { DiffLine, FormerRule, RuleDetail, RuleForm, RuleKind, RulePreview } from '../../api.ts'
import { dateTime } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { Code } from '../part/code.tsx'
import { Dialog } from '../part/dialog.tsx'
import { Diff } from '../part/diff.tsx'
import { Icon } from '../part/icon.tsx'
import { Empty, Loading, Notice, Problem } from '../part/notice.tsx'
import { Tabs } from '../part/tabs.tsx'
import { tell } from '../part/toast.tsx'
import { api, post, put, RequestError, remove, session } from '../request.ts'
import { go } from '../route.ts'
import { t } from '../text.ts'
import { Delivery, DryRun } from './dry-run.tsx'
import { lineDiff } from './line-diff.ts'
import { NotFound } from './not-found.tsx'
import { RuleFormFields } from './rule-form.tsx'
import { ruleKinds } from './rules.tsx'

/** One rule: as a form or as YAML, what a change would do, who goes by it, what it has been. */
export function Rule({ name }: { readonly name: string }) {
  const kind = ruleKinds.find((each) => name.endsWith(`.${each}`))
  const { data, error, again } = useLoad<RuleDetail>(kind && api(['rules', name]), ['rule'])
  const missing = error?.status === 404
  const [removing, setRemoving] = useState(false)
  const may = typeof session.value === 'object' && session.value.user.role !== 'viewer'
  if (!kind) return <NotFound what={t('rule.notFound', { key: name })} />
  if (!data && !missing) return error ? <Problem error={error} again={again} /> : <Loading />
  return (
    <>
      <PageHead
        title={name}
        crumb={{ text: t('nav.rules'), href: '/rules' }}
        actions={
          may &&
          data && (
            <button type="button" class="button danger" onClick={() => setRemoving(true)}>
              <Icon name="trash" size={13} />
              {t('rule.delete')}
            </button>
          )
        }
      >
        <p class="row">
          <span>{t(`rules.kind.${kind}`)}</span>
          {data &&
            (data.invalid !== undefined ? (
              <Badge tone="bad">{t('rule.invalid')}</Badge>
            ) : (
              <Badge tone={data.enabled ? 'ok' : 'idle'}>{t(data.enabled ? 'rule.enabled' : 'rule.disabled')}</Badge>
            ))}
          {data && (
            <span class="faint small">
              {t('rule.revisionOf', { revision: data.revision, time: dateTime(data.changedAt) })}
            </span>
          )}
        </p>
      </PageHead>
      {data?.invalid !== undefined && (
        <Notice tone="bad">
          <strong>{t('rule.invalidNote')}</strong> {data.invalid}
        </Notice>
      )}
      {missing && <Notice tone="info">{t('rule.missing')}</Notice>}
      <div class="split">
        <Editor key={name} name={name} kind={kind} detail={missing ? undefined : data} readOnly={!may} />
        <div class="stack">
          {data && (
            <Card title={t('delivery.title')}>
              <Delivery name={name} />
            </Card>
          )}
          <History name={name} detail={missing ? undefined : data} may={may} />
          <Card title={t('rules.aboutTitle')}>
            <p class="soft">{t(`rules.about.${kind}`)}</p>
          </Card>
        </div>
      </div>
      {removing && data && <RemoveDialog detail={data} onClose={() => setRemoving(false)} />}
    </>
  )
}

const blanks: Readonly<Record<RuleKind, string>> = {
  configurators: 'configs:\n  - side: provider\n    addresses: ["*"]\n    parameters:\n      weight: 100\n',
  'condition-router': 'force: false\nconditions:\n  - method=* => host=*\n',
  'tag-router': 'force: false\ntags:\n  - name: gray\n    addresses: ["127.0.0.1:20880"]\n',
}

const settleMs = 350

function Editor(props: {
  readonly name: string
  readonly kind: RuleKind
  readonly detail: RuleDetail | undefined
  readonly readOnly: boolean
}) {
  const { name, kind, detail, readOnly } = props
  const [as, setAs] = useState<'form' | 'text'>(detail && !detail.form ? 'text' : 'form')
  /** What is being written; undefined: nothing was changed yet. */
  const [draft, setDraft] = useState<{ text: string } | { form: RuleForm } | undefined>(
    detail ? undefined : { text: blanks[kind] },
  )
  const [previewed, setPreviewed] = useState<{ preview: RulePreview; of: typeof draft } | undefined>(undefined)
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const [saving, setSaving] = useState(false)
  /** What was there when the change began: somebody else's change meanwhile is a conflict. */
  const [begun, setBegun] = useState<string | undefined>(undefined)

  useEffect(() => {
    if (draft === undefined) {
      setPreviewed(undefined)
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      post<RulePreview>(api(['rules', name, 'preview']), draft, abort.signal).then(
        (found) => {
          setPreviewed({ preview: found, of: draft })
          setBegun((known) => known ?? found.expected)
          setError(undefined)
        },
        (failed: unknown) => {
          if (!abort.signal.aborted && failed instanceof RequestError) setError(failed)
        },
      )
    }, settleMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [draft, name])

  const preview = previewed?.preview
  const text = draft && 'text' in draft ? draft.text : (preview?.text ?? detail?.text ?? '')
  const form = draft && 'form' in draft ? draft.form : draft ? preview?.form : detail?.form
  const current = detail?.revision ?? 'none'
  const overtaken = begun !== undefined && begun !== current && draft !== undefined

  // While somebody types, the last preview stands; but only what was tried as it is may be saved.
  const ready = previewed?.of === draft && preview !== undefined && !preview.problem && preview.changed && !saving

  const reset = (): void => {
    setDraft(detail ? undefined : { text: blanks[kind] })
    setBegun(undefined)
    setError(undefined)
  }
  const save = async (): Promise<void> => {
    if (!ready) return
    setSaving(true)
    try {
      await put(api(['rules', name]), { ...draft, expected: begun ?? current })
      tell(t('rule.saved', { key: name }))
      setDraft(undefined)
      setBegun(undefined)
      setError(undefined)
    } catch (failed) {
      if (failed instanceof RequestError) setError(failed)
    } finally {
      setSaving(false)
    }
  }
  return (
    <div class="card">
      <Tabs
        label={name}
        tabs={[
          { key: 'form', title: t('rule.form') },
          { key: 'text', title: 'YAML' },
        ]}
        chosen={as}
        onChoose={(next) => {
          // The other view begins with what this one says.
          if (draft && next === 'text' && preview) setDraft({ text: preview.text })
          setAs(next)
        }}
      >
        <div class="card-body stack">
          {as === 'form' ? (
            form ? (
              <RuleFormFields
                kind={kind}
                form={form}
                readOnly={readOnly}
                onChange={(changed) => setDraft({ form: changed })}
              />
            ) : draft && !preview && !error ? (
              <Loading />
            ) : (
              <Empty icon="rules" title={t('rule.noForm')}>
                {t('rule.noFormNote')}
              </Empty>
            )
          ) : readOnly ? (
            <Code text={text} language="yaml" label={name} framed />
          ) : (
            <textarea
              class="mono yaml"
              aria-label={t('rule.textLabel')}
              aria-invalid={preview?.problem !== undefined}
              spellcheck={false}
              rows={Math.min(30, Math.max(10, text.split('\n').length + 1))}
              value={text}
              onInput={(event) => setDraft({ text: event.currentTarget.value })}
            />
          )}
          {overtaken && <Notice tone="warn">{t('rule.overtaken')}</Notice>}
          {error && <Problem error={error} />}
          {draft !== undefined && preview && <DryRun preview={preview} />}
        </div>
      </Tabs>
      {!readOnly && draft !== undefined && (
        <div class="card-foot">
          <button type="button" class="button primary" disabled={!ready} onClick={() => void save()}>
            {t('rule.save')}
          </button>
          <button type="button" class="button" onClick={reset}>
            {t('rule.discard')}
          </button>
          <span class="faint small">{t('rule.saveNote')}</span>
        </div>
      )}
    </div>
  )
}

function History(props: { readonly name: string; readonly detail: RuleDetail | undefined; readonly may: boolean }) {
  const { name, detail, may } = props
  const { data } = useLoad<readonly FormerRule[]>(api(['rules', name, 'history']), ['rule'])
  const [shown, show] = useState<FormerRule | undefined>(undefined)
  return (
    <Card title={t('history.title')} note={t('history.note')} flush>
      {!data || data.length === 0 ? (
        <p class="card-body faint">{t('history.none')}</p>
      ) : (
        <ul class="history">
          {data.map((former) => (
            <li key={`${former.revision} ${former.replacedAt}`} class="row">
              <span class="chip">{former.text === undefined ? t('history.noRule') : former.revision}</span>
              <span class="faint small grow">{t('history.until', { time: dateTime(former.replacedAt) })}</span>
              <button type="button" class="button small" onClick={() => show(former)}>
                {may ? t('history.compare') : t('history.show')}
              </button>
            </li>
          ))}
        </ul>
      )}
      {shown && <RollbackDialog name={name} detail={detail} former={shown} may={may} onClose={() => show(undefined)} />}
    </Card>
  )
}

function RollbackDialog(props: {
  readonly name: string
  readonly detail: RuleDetail | undefined
  readonly former: FormerRule
  readonly may: boolean
  readonly onClose: () => void
}) {
  const { name, detail, former, may, onClose } = props
  const [preview, setPreview] = useState<RulePreview | undefined>(undefined)
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const lines = useMemo<readonly DiffLine[]>(
    () => lineDiff(detail?.text ?? '', former.text ?? ''),
    [detail?.text, former.text],
  )
  useEffect(() => {
    if (former.text === undefined) return
    post<RulePreview>(api(['rules', name, 'preview']), { text: former.text }).then(setPreview, setError)
  }, [name, former.text])
  const rollBack = async (): Promise<void> => {
    setBusy(true)
    try {
      await post(api(['rules', name, 'rollback']), { revision: former.revision, expected: detail?.revision ?? 'none' })
      tell(t('history.done', { revision: former.text === undefined ? t('history.noRule') : former.revision }))
      onClose()
    } catch (failed) {
      setBusy(false)
      if (failed instanceof RequestError) setError(failed)
    }
  }
  return (
    <Dialog
      title={t('history.rollBackTo', { revision: former.text === undefined ? t('history.noRule') : former.revision })}
      wide
      onClose={onClose}
      onSubmit={() => void rollBack()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {t(may ? 'action.cancel' : 'action.close')}
          </button>
          {may && (
            <button type="submit" class="button primary" disabled={busy || former.revision === detail?.revision}>
              <Icon name="back" size={13} />
              {t('history.rollBack')}
            </button>
          )}
        </>
      }
    >
      {error && <Problem error={error} />}
      {preview ? <DryRun preview={preview} /> : <Diff lines={lines} />}
    </Dialog>
  )
}

function RemoveDialog({ detail, onClose }: { readonly detail: RuleDetail; readonly onClose: () => void }) {
  const [error, setError] = useState<RequestError | undefined>(undefined)
  const removeIt = async (): Promise<void> => {
    try {
      await remove(api(['rules', detail.key], { expected: detail.revision }))
      tell(t('rule.deleted', { key: detail.key }))
      go('/rules')
    } catch (failed) {
      if (failed instanceof RequestError) setError(failed)
    }
  }
  return (
    <Dialog
      title={t('rule.deleteTitle', { key: detail.key })}
      onClose={onClose}
      onSubmit={() => void removeIt()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {t('action.cancel')}
          </button>
          <button type="submit" class="button danger">
            {t('rule.delete')}
          </button>
        </>
      }
    >
      {error && <Problem error={error} />}
      <p>{t('rule.deleteNote')}</p>
    </Dialog>
  )
}

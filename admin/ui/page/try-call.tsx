import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import type { MethodSchema } from '../../../runtime/schema/schema.ts'
import { lastName } from '../../../runtime/schema/type-text.ts'
import type { Contract, InvokeRequest, InvokeResult, ProviderRow, ServiceKeyText, StreamLine } from '../../api.ts'
import { milliseconds } from '../format.ts'
import { status } from '../live.ts'
import { Badge } from '../part/badge.tsx'
import { Code } from '../part/code.tsx'
import { CopyButton } from '../part/copy.tsx'
import { Icon } from '../part/icon.tsx'
import { Empty, Notice, Problem, Wrong } from '../part/notice.tsx'
import { Segments } from '../part/tabs.tsx'
import { api, post, postForLines, RequestError, session } from '../request.ts'
import { route, setQuery } from '../route.ts'
import { t } from '../text.ts'
import { type Arguments, argumentsOfText, blankArguments, commandLine, textOfArguments } from '../value/arguments.ts'
import { Form, ValueField } from '../value/value-field.tsx'
import { signature } from './contract.tsx'
import { sameKey } from './key-text.ts'
import { Add, Remove } from './rule-form.tsx'

type Found = Extract<Contract, { state: 'found' }>

interface Props {
  readonly service: string
  readonly serviceKey: ServiceKeyText
  readonly contract: Contract
  readonly providers: readonly ProviderRow[]
}

/** Calls a method of a running provider, with a form made of its contract. */
export function TryCall(props: Props) {
  const { contract } = props
  if (contract.state === 'unknown') {
    return (
      <Empty icon="info" title={t('try.unknown')}>
        {contract.reason}
      </Empty>
    )
  }
  const asked = route.value.query.get('method')
  const method = contract.schema.methods.find(({ name }) => name === asked) ?? contract.schema.methods[0]
  if (!method) return <Empty icon="info" title={t('contract.noMethods')} />
  return <MethodCall key={`${contract.schema.hash} ${method.name}`} {...props} contract={contract} method={method} />
}

/** What came of a call, as far as it has come. */
interface Outcome {
  readonly items: readonly { readonly value: unknown; readonly atMs: number }[]
  readonly result: InvokeResult | undefined
  readonly error: RequestError | undefined
}

function MethodCall(props: Omit<Props, 'contract'> & { readonly contract: Found; readonly method: MethodSchema }) {
  const { service, serviceKey, contract, method, providers } = props
  const { schema, comments } = contract
  const [args, setArgs] = useState<Arguments>(() => blankArguments(schema, method))
  const [written, setWritten] = useState<{ readonly text: string; readonly problem: string } | undefined>(undefined)
  const [as, setAs] = useState<'both' | 'json'>('both')
  const [provider, setProvider] = useState('')
  const [timeoutText, setTimeoutText] = useState('')
  const [metadata, setMetadata] = useState<readonly (readonly [string, string])[]>([])
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined)
  const [calling, setCalling] = useState<AbortController | undefined>(undefined)
  const id = useId()
  const may = typeof session.value === 'object' && session.value.user.role !== 'viewer'
  const streams = method.kind === 'server' || method.kind === 'bidi'
  const offered = providers.filter(({ key, online }) => sameKey(key, serviceKey) && online)
  const timeoutMs = Number(timeoutText) || undefined
  const sent = Object.fromEntries(metadata.filter(([name]) => name.trim() !== ''))
  const text = written?.text ?? textOfArguments(method, args)
  const wrongField = outcome?.error?.field ?? outcome?.result?.error?.field
  const wrong = useMemo(
    () =>
      wrongField === undefined
        ? undefined
        : {
            path: wrongField.replace(/^args\./, ''),
            message: outcome?.error?.message ?? outcome?.result?.error?.message ?? '',
          },
    [outcome],
  )
  const running = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const fill = (next: Arguments): void => {
    setArgs(next)
    setWritten(undefined)
  }
  const write = (next: string): void => {
    try {
      setArgs(argumentsOfText(method, next))
      setWritten({ text: next, problem: '' })
    } catch (error) {
      setWritten({ text: next, problem: (error as Error).message })
    }
  }

  const call = async (): Promise<void> => {
    if (written?.problem || calling) return
    const { stream } = method
    const request: InvokeRequest = {
      method: method.name,
      ...(serviceKey.group && { group: serviceKey.group }),
      ...(serviceKey.version && { version: serviceKey.version }),
      args: args.map((value, i) => (i === stream ? null : (value ?? null))),
      ...(stream !== undefined && { items: (args[stream] as readonly unknown[] | undefined) ?? [] }),
      ...(provider && { provider }),
      ...(timeoutMs && { timeoutMs }),
      metadata: sent,
    }
    const abort = new AbortController()
    running.current = abort
    setCalling(abort)
    setOutcome({ items: [], result: undefined, error: undefined })
    try {
      if (streams) {
        let items: Outcome['items'] = []
        for await (const line of postForLines<StreamLine>(
          api(['services', service, 'stream']),
          request,
          abort.signal,
        )) {
          if (line.kind === 'item') items = [...items, { value: line.value, atMs: line.atMs }]
          setOutcome({ items, result: line.kind === 'end' ? line.result : undefined, error: undefined })
        }
      } else {
        const result = await post<InvokeResult>(api(['services', service, 'invoke']), request, abort.signal)
        setOutcome({ items: [], result, error: undefined })
      }
    } catch (error) {
      if (error instanceof RequestError) setOutcome((last) => ({ items: last?.items ?? [], result: undefined, error }))
    } finally {
      setCalling(undefined)
    }
  }

  const command = commandLine({
    service,
    method,
    args,
    registry: status.value?.registry.name ?? 'zookeeper://127.0.0.1:2181',
    group: serviceKey.group,
    version: serviceKey.version,
    provider,
    timeoutMs,
    metadata: sent,
  })
  const about = `${schema.name}.${method.name}`
  return (
    <div class="try">
      <form
        class="stack"
        aria-label={t('service.try')}
        onSubmit={(event) => {
          event.preventDefault()
          void call()
        }}
      >
        <div class="try-settings">
          <div class="field">
            <label for={`${id}-method`}>{t('try.method')}</label>
            <select
              id={`${id}-method`}
              value={method.name}
              onChange={(event) => setQuery({ method: event.currentTarget.value })}
            >
              {schema.methods.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for={`${id}-provider`}>{t('column.provider')}</label>
            <select id={`${id}-provider`} value={provider} onChange={(event) => setProvider(event.currentTarget.value)}>
              <option value="">{t('try.anyProvider')}</option>
              {offered.map(({ address, application }) => (
                <option key={address} value={address}>
                  {address} {application}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for={`${id}-timeout`}>{t('try.timeout')}</label>
            <input
              id={`${id}-timeout`}
              type="number"
              min={1}
              max={60_000}
              placeholder={String(method.timeoutMs ?? 1000)}
              value={timeoutText}
              onInput={(event) => setTimeoutText(event.currentTarget.value)}
            />
          </div>
        </div>
        <div class="stack-small">
          <p class="row">
            <code class="signature">
              <strong>{method.name}</strong>
              {signature(method)}
            </code>
            {method.idempotent ? (
              <Badge tone="ok">{t('contract.idempotent')}</Badge>
            ) : (
              <Badge tone="warn">{t('try.notIdempotent')}</Badge>
            )}
          </p>
          {Object.hasOwn(comments, about) && <p class="prose">{comments[about]}</p>}
        </div>
        {method.params.length === 0 ? (
          <p class="faint">{t('try.noArguments')}</p>
        ) : (
          <>
            <Segments
              label={t('try.as')}
              options={[
                { key: 'both', title: t('rule.form') },
                { key: 'json', title: 'JSON' },
              ]}
              chosen={as}
              onChoose={setAs}
            />
            {as === 'both' ? (
              <Form.Provider value={{ types: schema.types, comments, wrong }}>
                <div class="stack">
                  {method.params.map(({ name, type, optional }, i) => (
                    <ValueField
                      key={name}
                      label={i === method.stream ? t('try.streamed', { name }) : name}
                      type={i === method.stream ? { kind: 'array', item: type } : type}
                      optional={optional}
                      value={args[i]}
                      path={name}
                      onChange={(value) => fill(args.map((each, at) => (at === i ? value : each)))}
                    />
                  ))}
                </div>
              </Form.Provider>
            ) : (
              <textarea
                class="mono"
                aria-label={t('try.json')}
                aria-invalid={Boolean(written?.problem)}
                rows={Math.min(26, Math.max(6, text.split('\n').length + 1))}
                spellcheck={false}
                value={text}
                onInput={(event) => write(event.currentTarget.value)}
              />
            )}
            {written?.problem && <Wrong>{written.problem}</Wrong>}
          </>
        )}
        <div class="field">
          <span class="label">{t('try.metadata')}</span>
          {metadata.map(([name, value], i) => (
            <div key={i} class="pair">
              <input
                class="mono"
                aria-label={t('try.metadataName', { n: i + 1 })}
                placeholder="tsubo-tag"
                value={name}
                onInput={(event) =>
                  setMetadata(metadata.map((each, at) => (at === i ? [event.currentTarget.value, each[1]] : each)))
                }
              />
              <input
                class="mono"
                aria-label={t('try.metadataValue', { n: i + 1 })}
                value={value}
                onInput={(event) =>
                  setMetadata(metadata.map((each, at) => (at === i ? [each[0], event.currentTarget.value] : each)))
                }
              />
              <Remove
                label={t('try.removeMetadata', { n: i + 1 })}
                onClick={() => setMetadata(metadata.filter((_, at) => at !== i))}
              />
            </div>
          ))}
          <Add label={t('try.addMetadata')} onClick={() => setMetadata([...metadata, ['', '']])} />
        </div>
        <div class="row">
          {calling ? (
            <button type="button" class="button danger" onClick={() => calling.abort()}>
              <Icon name="stop" size={12} />
              {t('try.stop')}
            </button>
          ) : (
            <button type="submit" class="button primary" disabled={!may || Boolean(written?.problem)}>
              <Icon name="play" size={12} />
              {t('try.call')}
            </button>
          )}
          <CopyButton text={command} label={t('try.copyCommand')} />
          {!may && <span class="faint small">{t('try.viewer')}</span>}
        </div>
      </form>
      <section class="stack" aria-label={t('try.result')} aria-live="polite" aria-busy={calling !== undefined}>
        {as === 'both' && method.params.length > 0 && (
          <div class="field">
            <label for={`${id}-json`}>{t('try.json')}</label>
            <textarea
              id={`${id}-json`}
              class="mono"
              aria-invalid={Boolean(written?.problem)}
              rows={Math.min(18, Math.max(4, text.split('\n').length))}
              spellcheck={false}
              value={text}
              onInput={(event) => write(event.currentTarget.value)}
            />
          </div>
        )}
        {outcome ? (
          <Result outcome={outcome} streams={streams} calling={calling !== undefined} />
        ) : (
          <Empty icon="play" title={t('try.nothingYet')}>
            {t('try.nothingYetNote')}
          </Empty>
        )}
      </section>
    </div>
  )
}

function Result({
  outcome,
  streams,
  calling,
}: {
  readonly outcome: Outcome
  readonly streams: boolean
  readonly calling: boolean
}) {
  const { items, result, error } = outcome
  if (error) {
    return (
      <div class="stack-small">
        <Problem error={error} />
        {error.field && (
          <p class="small">
            {t('try.field')} <code>{error.field}</code>
          </p>
        )}
      </div>
    )
  }
  const failed = result?.error
  return (
    <div class="stack-small">
      <div class="result-head">
        <h2 class="minor">{t('try.result')}</h2>
        {calling && (
          <Badge tone="info" icon="syncing">
            {t('try.calling')}
          </Badge>
        )}
        {result && (failed ? <Badge tone="bad">{failed.code}</Badge> : <Badge tone="ok">{t('try.ok')}</Badge>)}
        {result && <span class="number">{milliseconds(result.elapsedMs)}</span>}
        {result?.provider && <span class="faint small">{t('try.answeredBy', { address: result.provider })}</span>}
        {result?.value !== undefined && !streams && (
          <CopyButton text={JSON.stringify(result.value, undefined, 2)} label={t('action.copy')} />
        )}
      </div>
      {failed && (
        <Notice tone="bad" urgent>
          {failed.type && <strong>{lastName(failed.type)}: </strong>}
          {failed.message}
          {failed.field && (
            <p class="small">
              {t('try.field')} <code>{failed.field}</code>
            </p>
          )}
          <p class="small">{t(failed.retryable ? 'try.retryable' : 'try.notRetryable')}</p>
        </Notice>
      )}
      {failed?.fields && (
        <Code text={JSON.stringify(failed.fields, undefined, 2)} language="json" label={t('try.errorFields')} framed />
      )}
      {failed?.details && Object.keys(failed.details).length > 0 && (
        <Code text={JSON.stringify(failed.details, undefined, 2)} language="json" label={t('try.details')} framed />
      )}
      {streams ? (
        items.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keys
          <ol class="stream-items" tabIndex={0} aria-label={t('try.items')}>
            {items.map(({ value, atMs }, i) => (
              <li key={i}>
                <span class="faint">{milliseconds(atMs)}</span>
                <span>{JSON.stringify(value)}</span>
              </li>
            ))}
          </ol>
        )
      ) : result && !failed ? (
        result.value === undefined ? (
          <p class="faint">{t('try.void')}</p>
        ) : (
          <Code text={JSON.stringify(result.value, undefined, 2)} language="json" label={t('try.result')} framed />
        )
      ) : null}
      {result?.truncated && <Notice tone="info">{t('try.truncated')}</Notice>}
      {result && Object.keys(result.metadata).length > 0 && (
        <details>
          <summary class="small soft">{t('try.answerMetadata', { n: Object.keys(result.metadata).length })}</summary>
          <dl class="facts small">
            {Object.entries(result.metadata).map(([name, value]) => (
              <>
                <dt key={name} class="mono">
                  {name}
                </dt>
                <dd class="mono">{value}</dd>
              </>
            ))}
          </dl>
        </details>
      )}
    </div>
  )
}

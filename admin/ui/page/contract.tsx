import { useState } from 'preact/hooks'
import type { MethodSchema, ServiceSchema, TypeDeclaration } from '../../../runtime/schema/schema.ts'
import { lastName, typeText } from '../../../runtime/schema/type-text.ts'
import type { Contract as ContractData } from '../../api.ts'
import { Badge } from '../part/badge.tsx'
import { Code } from '../part/code.tsx'
import { Empty, Notice } from '../part/notice.tsx'
import { Segments } from '../part/tabs.tsx'
import { to } from '../route.ts'
import { t } from '../text.ts'

/** What a service promises: its methods and types with their comments, or the file as it was written. */
export function Contract({ contract, service }: { readonly contract: ContractData; readonly service: string }) {
  const [as, setAs] = useState<'outline' | 'source'>('outline')
  if (contract.state === 'unknown') {
    return (
      <Empty icon="info" title={t('contract.unknown')}>
        {contract.reason}
        {contract.methods.length > 0 && (
          <>
            <br />
            {t('contract.methods')} <code>{contract.methods.slice(0, 60).join(', ')}</code>
          </>
        )}
      </Empty>
    )
  }
  const { schema, files, comments, from } = contract
  return (
    <div class="card-body stack">
      <div class="filters">
        {files.length > 0 && (
          <Segments
            label={t('contract.as')}
            options={[
              { key: 'outline', title: t('contract.outline') },
              { key: 'source', title: t('contract.source') },
            ]}
            chosen={as}
            onChoose={setAs}
          />
        )}
        <span class="faint small">{t('contract.from', { from, hash: schema.hash.slice(0, 12) })}</span>
      </div>
      {as === 'source' && files.length > 0 ? (
        files.map(({ path, text }) => (
          <section key={path} class="stack-small">
            <h2 class="minor mono">{path}</h2>
            <Code text={text} language="ts" label={path} framed />
          </section>
        ))
      ) : (
        <Outline schema={schema} comments={comments} service={service} />
      )}
    </div>
  )
}

function Outline(props: {
  readonly schema: ServiceSchema
  readonly comments: Readonly<Record<string, string>>
  readonly service: string
}) {
  const { schema, comments } = props
  const comment = (name: string): string | undefined => (Object.hasOwn(comments, name) ? comments[name] : undefined)
  const types = Object.entries(schema.types).sort(([a], [b]) => (a < b ? -1 : 1))
  const about = comment(schema.name)
  return (
    <>
      {about && <p class="prose">{about}</p>}
      <section class="stack-small" aria-label={t('contract.methodsTitle')}>
        <h2 class="minor">{t('contract.methodsTitle')}</h2>
        {schema.methods.length === 0 && <Notice tone="info">{t('contract.noMethods')}</Notice>}
        <ul class="members">
          {schema.methods.map((method) => (
            <li key={method.name}>
              <div class="row">
                <code class="signature">
                  <strong>{method.name}</strong>
                  {signature(method)}
                </code>
                <span class="grow" />
                {method.idempotent && <Badge tone="ok">{t('contract.idempotent')}</Badge>}
                {method.oneway && <Badge tone="info">{t('contract.oneway')}</Badge>}
                {method.kind !== 'unary' && <Badge tone="info">{t('contract.stream')}</Badge>}
                <a
                  class="button small"
                  href={`${to('services', props.service)}?view=try&method=${encodeURIComponent(method.name)}`}
                >
                  {t('service.try')}
                </a>
              </div>
              {comment(`${schema.name}.${method.name}`) && (
                <p class="prose">{comment(`${schema.name}.${method.name}`)}</p>
              )}
              {method.errors.length > 0 && (
                <p class="small faint">
                  {t('contract.throws')} <code>{method.errors.map(lastName).join(', ')}</code>
                </p>
              )}
            </li>
          ))}
        </ul>
      </section>
      {types.length > 0 && (
        <section class="stack-small" aria-label={t('contract.typesTitle')}>
          <h2 class="minor">{t('contract.typesTitle')}</h2>
          <ul class="members">
            {types.map(([name, declaration]) => (
              <li key={name}>
                <div class="row">
                  <code>
                    <span class="faint">{declaration.kind}</span> <strong>{lastName(name)}</strong>
                  </code>
                  <span class="faint small break">{name}</span>
                </div>
                {comment(name) && <p class="prose">{comment(name)}</p>}
                <Declaration name={name} declaration={declaration} comment={comment} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

interface FieldRow {
  readonly name: string
  readonly text: string
  readonly number: number
  readonly about?: string | undefined
  readonly constraints?: readonly string[]
}

function Declaration(props: {
  readonly name: string
  readonly declaration: TypeDeclaration
  readonly comment: (name: string) => string | undefined
}) {
  const { name, declaration, comment } = props
  const rows: readonly FieldRow[] =
    declaration.kind === 'enum'
      ? declaration.members.map((member) => ({
          name: member.name,
          text: JSON.stringify(member.value),
          number: member.number,
        }))
      : declaration.kind === 'union'
        ? declaration.members.map((member) => ({
            name: member.name,
            text: typeText(member.type),
            number: member.number,
          }))
        : declaration.fields.map((field) => ({
            name: `${field.name}${field.optional ? '?' : ''}`,
            text: typeText(field.type),
            number: field.number,
            about: comment(`${name}.${field.name}`),
            constraints: Object.entries(field.constraints ?? {}).map(([key, value]) => `@${key} ${value}`),
          }))
  if (rows.length === 0) return null
  return (
    <table class="fields">
      <caption class="unseen">{name}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.number}>
            <th scope="row">
              <code>{row.name}</code>
            </th>
            <td>
              <code class="t">{row.text}</code>
            </td>
            <td class="soft">
              {row.about}
              {row.constraints && <span class="faint small"> {row.constraints.join(' ')}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** `(filter: SearchFilter): Promise<SearchResult>` */
export function signature(method: MethodSchema): string {
  const params = method.params.map((param, i) => {
    const text = typeText(param.type)
    return `${param.name}${param.optional ? '?' : ''}: ${i === method.stream ? `AsyncIterable<${text}>` : text}`
  })
  const result = `${method.result ? typeText(method.result) : 'void'}${method.optionalResult ? ' | undefined' : ''}`
  const streams = method.kind === 'server' || method.kind === 'bidi'
  return `(${params.join(', ')}): ${streams ? `AsyncIterable<${result}>` : method.oneway ? 'void' : `Promise<${result}>`}`
}

import type { ComponentChildren } from 'preact'
import { count } from '../format.ts'
import { t } from '../text.ts'
import { Icon } from './icon.tsx'

export interface Column<T> {
  readonly key: string
  readonly title: string
  readonly cell: (row: T) => ComponentChildren
  /** At the end of its cell, as numbers are. */
  readonly end?: boolean
  /** As narrow as what is in it. */
  readonly tight?: boolean
  /** The list can be sorted by it, under this name. */
  readonly sort?: string
  /** Says in a row what the row is. */
  readonly main?: boolean
  /** Its title is for those who can't see the page. */
  readonly unseenTitle?: boolean
}

/** `sort` is a column's name, with `-` before it turned round. */
export interface TableProps<T> {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly id: (row: T) => string
  readonly busy?: boolean
  readonly off?: (row: T) => boolean
  readonly sort?: string | undefined
  readonly onSort?: (sort: string) => void
  readonly empty?: ComponentChildren
}

/** A table. Without rows it is what stands for that. */
export function Table<T>(props: TableProps<T>) {
  const { columns, rows, sort = '', onSort } = props
  if (rows.length === 0 && props.empty) return <>{props.empty}</>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls sideways must be reachable by keys
    <section class="table-frame" tabIndex={0} aria-label={props.caption}>
      <table class="table" aria-busy={props.busy ?? false}>
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const by = column.sort
              const order =
                by === undefined ? undefined : sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : undefined
              return (
                <th key={column.key} scope="col" class={classOf(column)} aria-sort={order}>
                  {by !== undefined && onSort ? (
                    <button type="button" onClick={() => onSort(nextSort(by, sort, column.end ?? false))}>
                      {column.title}
                      {order && <Icon name={order === 'ascending' ? 'up' : 'down'} size={11} />}
                    </button>
                  ) : column.unseenTitle ? (
                    <span class="unseen">{column.title}</span>
                  ) : (
                    column.title
                  )}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={props.id(row)} class={props.off?.(row) ? 'off' : undefined}>
              {columns.map((column) => (
                <td key={column.key} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Which part of a list is shown, and steps to the others. */
export function Pager(props: {
  readonly total: number
  readonly offset: number
  readonly limit: number
  readonly onOffset: (offset: number) => void
}) {
  const { total, offset, limit } = props
  if (total === 0) return null
  const last = Math.min(offset + limit, total)
  return (
    <nav class="pager" aria-label={t('pager.label')}>
      <span class="number" role="status">
        {t('pager.range', { from: offset + 1, to: last, n: total })}
      </span>
      <span class="grow" />
      {total > limit && (
        <>
          <span class="number faint">
            {t('pager.page', { page: Math.floor(offset / limit) + 1, of: Math.ceil(total / limit) })}
          </span>
          <button
            type="button"
            class="button small"
            disabled={offset === 0}
            onClick={() => props.onOffset(Math.max(0, offset - limit))}
          >
            <Icon name="left" size={12} />
            {t('pager.before')}
          </button>
          <button
            type="button"
            class="button small"
            disabled={last >= total}
            onClick={() => props.onOffset(offset + limit)}
          >
            {t('pager.next')}
            <Icon name="right" size={12} />
          </button>
        </>
      )}
    </nav>
  )
}

/** A count that is nothing in faint. */
export function Count({ n, bad = false }: { readonly n: number; readonly bad?: boolean }) {
  if (n === 0) return <span class="faint">0</span>
  return bad ? <strong>{count(n)}</strong> : <span>{count(n)}</span>
}

function classOf<T>({ end, tight, main }: Column<T>): string | undefined {
  return [end && 'end', tight && 'tight', main && 'main'].filter(Boolean).join(' ') || undefined
}

/** Names begin at a, numbers at the largest. */
function nextSort(by: string, sort: string, largestFirst: boolean): string {
  const first = largestFirst ? `-${by}` : by
  const second = largestFirst ? by : `-${by}`
  return sort === first ? second : first
}

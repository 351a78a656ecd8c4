import type { Page } from '../../api.ts'
import type { Loaded } from '../load.ts'
import { setQuery } from '../route.ts'
import { Loading } from './notice.tsx'
import { Pager, Table, type TableProps } from './table.tsx'

/** A list that the server pages. Which part is shown is a part of the address; what went wrong is for the page to say. */
export function PagedTable<T>({
  list: { data, error, busy },
  ...table
}: Omit<TableProps<T>, 'rows' | 'busy'> & { readonly list: Loaded<Page<T>> }) {
  if (!data) return error ? null : <Loading />
  return (
    <>
      <Table {...table} rows={data.items} busy={busy} />
      <Pager
        total={data.total}
        offset={data.offset}
        limit={data.limit}
        onOffset={(next) => setQuery({ offset: next || undefined }, false)}
      />
    </>
  )
}

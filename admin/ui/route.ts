import { computed, signal } from '@preact/signals'

/** Where the page is, as the address bar says it. */
export interface Route {
  /** Decoded parts of the path: `['services', 'com.example.Orders']`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

const place = signal(location.pathname + location.search)

export const route = computed<Route>(() => {
  const { pathname, searchParams } = new URL(place.value, location.origin)
  return { path: pathname.split('/').filter(Boolean).map(decoded), query: searchParams }
})

/** Goes somewhere else; `replace` leaves no step for the back button. */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](undefined, '', to)
  const samePage = place.peek().split('?')[0] === to.split('?')[0]
  place.value = to
  if (!samePage) scrollTo(0, 0)
}

/** Changes parts of the query; an empty value takes one out. */
export function setQuery(changes: Readonly<Record<string, string | number | undefined>>, replace = true): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name)
    else query.set(name, String(value))
  }
  const text = query.toString()
  go(location.pathname + (text && `?${text}`), replace)
}

/** An address of this application: every part is encoded, so that no name can leave its place. */
export function to(...path: readonly string[]): string {
  return `/${path.map(encodeURIComponent).join('/')}`
}

/** Follows the back button, and links of our own without loading the page anew. */
export function startRouting(): void {
  addEventListener('popstate', () => {
    place.value = location.pathname + location.search
  })
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element).closest?.('a')
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/') || (link.hash && link.pathname === location.pathname)) return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

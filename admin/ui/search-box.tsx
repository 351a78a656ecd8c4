import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { SearchResult } from '../api.ts'
import { Icon, type IconName } from './part/icon.tsx'
import { api, get } from './request.ts'
import { go, to } from './route.ts'
import { type TextKey, t } from './text.ts'

interface Hit {
  readonly icon: IconName
  readonly kind: TextKey
  readonly text: string
  readonly href: string
}

const settleMs = 120

/** Finds whatever has a name, from everywhere: `/` goes there. An ARIA combobox; arrows choose, Enter goes. */
export function SearchBox() {
  const [query, setQuery] = useState('')
  const [hits, setHits] = useState<readonly Hit[]>([])
  const [open, setOpen] = useState(false)
  const [chosen, choose] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()

  useEffect(() => {
    const slash = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if ((event.target as Element).closest('input, textarea, select, dialog')) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', slash)
    return () => removeEventListener('keydown', slash)
  }, [])

  useEffect(() => {
    if (query.trim() === '') {
      setHits([])
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      get<SearchResult>(api(['search'], { q: query.trim() }), abort.signal).then(
        (found) => {
          setHits(hitsOf(found))
          choose(0)
        },
        () => undefined,
      )
    }, settleMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [query])

  const leave = (href: string): void => {
    setOpen(false)
    setQuery('')
    input.current?.blur()
    go(href)
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && hits.length > 0) {
      event.preventDefault()
      choose((chosen + step + hits.length) % hits.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const hit = hits[chosen]
      if (hit) leave(hit.href)
      else if (query.trim()) leave(`/services?q=${encodeURIComponent(query.trim())}`)
    } else if (event.key === 'Escape') {
      setOpen(false)
      setQuery('')
    }
  }
  const shown = open && query.trim() !== ''
  return (
    <search class="search">
      <Icon name="search" size={14} />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={t('search.label')}
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        aria-activedescendant={shown && hits.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder={t('search.placeholder')}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      {query === '' && <kbd>/</kbd>}
      {shown && (
        <div class="hits" id={id} role="listbox" aria-label={t('search.label')} tabIndex={-1}>
          {hits.map((hit, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as a combobox's has
            <div
              key={hit.href}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => choose(i)}
              onClick={() => leave(hit.href)}
            >
              <Icon name={hit.icon} size={14} />
              <span class="ellipsis">{hit.text}</span>
              <span class="faint small nowrap">{t(hit.kind)}</span>
            </div>
          ))}
          {hits.length === 0 && (
            <div class="faint" role="option" aria-selected={false} aria-disabled={true} tabIndex={-1}>
              {t('search.nothing')}
            </div>
          )}
        </div>
      )}
    </search>
  )
}

function hitsOf(found: SearchResult): Hit[] {
  const each = (names: readonly string[], icon: IconName, kind: TextKey, section: string): Hit[] =>
    names.map((text) => ({ icon, kind, text, href: to(section, text) }))
  return [
    ...each(found.services, 'services', 'search.service', 'services'),
    ...each(found.applications, 'applications', 'search.application', 'applications'),
    ...each(found.instances, 'instances', 'search.instance', 'instances'),
    ...each(found.rules, 'rules', 'search.rule', 'rules'),
  ]
}

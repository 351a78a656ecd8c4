import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'

export interface Tab<K extends string> {
  readonly key: K
  readonly title: string
  readonly n?: number | undefined
}

/** Several things in one place, by ARIA's pattern: arrows go from tab to tab. */
export function Tabs<K extends string>(props: {
  readonly label: string
  readonly tabs: readonly Tab<K>[]
  readonly chosen: K
  readonly onChoose: (key: K) => void
  readonly children: ComponentChildren
}) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const { tabs, chosen } = props
  const onKey = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ key }) => key === chosen)
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const index = (next + tabs.length) % tabs.length
    const tab = tabs[index]
    if (!tab) return
    props.onChoose(tab.key)
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[index]?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={onKey}>
        {tabs.map(({ key, title, n }) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${id}-${key}`}
            aria-selected={key === chosen}
            aria-controls={key === chosen ? `${id}-panel` : undefined}
            tabIndex={key === chosen ? 0 : -1}
            onClick={() => props.onChoose(key)}
          >
            {title}
            {n !== undefined && <span class="n">{n}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {props.children}
      </div>
    </>
  )
}

/** One of a few, all in sight. */
export function Segments<K extends string>(props: {
  readonly label: string
  readonly options: readonly { readonly key: K; readonly title: string }[]
  readonly chosen: K
  readonly onChoose: (key: K) => void
}) {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.options.map(({ key, title }) => (
        <button key={key} type="button" aria-pressed={key === props.chosen} onClick={() => props.onChoose(key)}>
          {title}
        </button>
      ))}
    </fieldset>
  )
}

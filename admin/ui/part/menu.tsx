import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'

/** A button that shows a list of actions. Escape, a choice, or a click elsewhere closes it; arrows go through it. */
export function Menu(props: {
  readonly label: string
  readonly button: ComponentChildren
  readonly quiet?: boolean
  readonly small?: boolean
  readonly icon?: boolean
  readonly children: ComponentChildren
}) {
  const [open, setOpen] = useState(false)
  const element = useRef<HTMLDivElement>(null)
  const id = useId()

  useEffect(() => {
    if (!open) return
    const outside = (event: Event): void => {
      if (!element.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', outside)
    addEventListener('focusin', outside)
    element.current?.querySelector<HTMLElement>('.menu-list a, .menu-list button')?.focus()
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('focusin', outside)
    }
  }, [open])

  const onKey = (event: KeyboardEvent): void => {
    if (!open) return
    if (event.key === 'Escape') {
      setOpen(false)
      element.current?.querySelector('button')?.focus()
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const items = [...(element.current?.querySelectorAll<HTMLElement>('.menu-list a, .menu-list button') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLElement)
    items[(at + step + items.length) % items.length]?.focus()
  }

  return (
    <div class="menu" ref={element} onKeyDown={onKey}>
      <button
        type="button"
        class={`button${props.quiet ? ' quiet' : ''}${props.small ? ' small' : ''}${props.icon ? ' icon' : ''}`}
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={id}
        title={props.label}
        onClick={() => setOpen(!open)}
      >
        {props.button}
      </button>
      <div id={id} class="menu-list" hidden={!open} onClick={() => setOpen(false)}>
        {open && props.children}
      </div>
    </div>
  )
}

import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

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

  // Before the next key is heard: whoever types on means the list.
  useLayoutEffect(() => {
    const menu = element.current
    if (!open || !menu) return
    const items = (): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>('.menu-list a, .menu-list button')]
    const outside = (event: Event): void => {
      if (!menu.contains(event.target as Node)) setOpen(false)
    }
    const chosen = (event: Event): void => {
      if ((event.target as Element).closest('.menu-list')) setOpen(false)
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') {
        setOpen(false)
        menu.querySelector('button')?.focus()
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step === undefined) return
      event.preventDefault()
      const all = items()
      all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus()
    }
    addEventListener('pointerdown', outside)
    addEventListener('focusin', outside)
    menu.addEventListener('click', chosen)
    menu.addEventListener('keydown', onKey)
    items()[0]?.focus()
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('focusin', outside)
      menu.removeEventListener('click', chosen)
      menu.removeEventListener('keydown', onKey)
    }
  }, [open])

  return (
    <div class="menu" ref={element}>
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
      <div id={id} class="menu-list" hidden={!open}>
        {open && props.children}
      </div>
    </div>
  )
}

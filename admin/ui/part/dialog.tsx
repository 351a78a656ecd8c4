import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { t } from '../text.ts'
import { Icon } from './icon.tsx'

/** A question that stands before everything else. The browser keeps the focus in it, and Escape closes it. */
export function Dialog(props: {
  readonly title: string
  readonly wide?: boolean
  readonly onClose: () => void
  readonly onSubmit?: () => void
  readonly footer: ComponentChildren
  readonly children: ComponentChildren
}) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      class={props.wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          props.onSubmit?.()
        }}
      >
        <div class="dialog-head">
          <h2 id={id}>{props.title}</h2>
          <button type="button" class="button icon quiet small" aria-label={t('action.close')} onClick={props.onClose}>
            <Icon name="close" size={14} />
          </button>
        </div>
        <div class="dialog-body">{props.children}</div>
        <div class="dialog-foot">{props.footer}</div>
      </form>
    </dialog>
  )
}

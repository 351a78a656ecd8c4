import { useState } from 'preact/hooks'
import { t } from '../text.ts'
import { Icon } from './icon.tsx'

/** Copies a text. Where the page may not use the clipboard (plain http to another host) it selects a hidden field. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [done, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    if (navigator.clipboard) await navigator.clipboard.writeText(text).catch(() => copyBySelecting(text))
    else copyBySelecting(text)
    setDone(true)
    setTimeout(() => setDone(false), 1500)
  }
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <Icon name={done ? 'ok' : 'copy'} size={13} />
      <span aria-live="polite">{done ? t('action.copied') : label}</span>
    </button>
  )
}

function copyBySelecting(text: string): void {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'unseen'
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}

import { signal } from '@preact/signals'
import { t } from '../text.ts'
import { Icon } from './icon.tsx'

const shownMs = 6000

const toast = signal<{ readonly tone: 'ok' | 'bad'; readonly text: string; readonly id: number } | undefined>(undefined)
let timer = 0

/** Says for a while what was done. */
export function tell(text: string, tone: 'ok' | 'bad' = 'ok'): void {
  toast.value = { tone, text, id: (toast.peek()?.id ?? 0) + 1 }
  clearTimeout(timer)
  timer = setTimeout(() => {
    toast.value = undefined
  }, shownMs)
}

export function Toast() {
  const { value } = toast
  return (
    <div role="status" aria-live="polite">
      {value && (
        <div class={`toast ${value.tone}`} key={value.id}>
          <Icon name={value.tone} />
          <span>{value.text}</span>
          <button
            type="button"
            class="button icon quiet small"
            aria-label={t('action.close')}
            onClick={() => {
              toast.value = undefined
            }}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      )}
    </div>
  )
}

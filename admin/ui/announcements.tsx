import type { RegistryChange } from '../api.ts'
import { latestChange } from './live.ts'
import { t } from './text.ts'

/** Says what has changed to those who can't see it change. */
export function Announcements() {
  const change = latestChange.value
  return (
    <div class="unseen" role="log" aria-live="polite" aria-atomic="true">
      {change && sentence(change)}
    </div>
  )
}

function sentence({ services, more }: RegistryChange): string {
  const said = services.slice(0, 3).map(({ name, came, went, changed, consumers }) => {
    const parts = [
      came.length > 0 && t('live.came', { n: came.length }),
      went.length > 0 && t('live.went', { n: went.length }),
      changed.length > 0 && t('live.changed', { n: changed.length }),
      consumers !== 0 && t('live.consumers', { n: consumers }),
    ].filter(Boolean)
    return `${name}: ${parts.join(', ')}`
  })
  return [...said, (more || services.length > 3) && t('live.more')].filter(Boolean).join('; ')
}

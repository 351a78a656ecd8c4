import { percent } from '../format.ts'

/** How much of a limit is in use, as a line and as a number. */
export function Meter({ share, label }: { readonly share: number; readonly label: string }) {
  const tone = share >= 0.9 ? 'bad' : share >= 0.6 ? 'warn' : ''
  return (
    <span class="meter">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`${label}: ${percent(share)}`}>
        <rect class="track" width="100" height="6" />
        <rect class={`fill ${tone}`} width={Math.max(0, Math.min(100, share * 100))} height="6" />
      </svg>
      <span class="number end">{percent(share)}</span>
    </span>
  )
}

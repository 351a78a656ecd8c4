import { language } from './setting.ts'

/** Numbers, times and dates in the language in force. */

export function count(value: number): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 }).format(value)
}

/** 12,345 as 12.3k: three digits that say how much. */
export function compact(value: number): string {
  if (value !== 0 && Math.abs(value) < 10) {
    return new Intl.NumberFormat(language.value, { maximumFractionDigits: 1 }).format(value)
  }
  if (Math.abs(value) < 10_000) return count(Math.round(value))
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

export function percent(share: number): string {
  const digits = share > 0 && share < 0.1 ? (share < 0.001 ? 2 : 1) : 0
  return new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: digits }).format(share)
}

/** Milliseconds: 0.42 ms, 12.3 ms, 340 ms, 1.2 s. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${trimmed(value / 1000, value < 10_000 ? 2 : 1)} s`
  return `${trimmed(value, value < 1 ? 2 : value < 100 ? 1 : 0)} ms`
}

/** How long something has lasted: 12 s, 4 min, 3 h 20 min, 5 d. */
export function lasting(seconds: number): string {
  const zh = language.value === 'zh-CN'
  const [d, h, m, s] = zh ? ['天', '小时', '分', '秒'] : ['d', 'h', 'min', 's']
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} ${s}`
  if (whole < 3600) return `${Math.floor(whole / 60)} ${m}`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} ${h} ${Math.floor((whole % 3600) / 60)} ${m}`
  return `${Math.floor(whole / 86_400)} ${d} ${Math.floor((whole % 86_400) / 3600)} ${h}`
}

export function dateTime(time: string | number): string {
  return new Intl.DateTimeFormat(language.value, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  }).format(new Date(time))
}

export function clockTime(time: number, seconds = false): string {
  return new Intl.DateTimeFormat(language.value, {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds && { second: '2-digit' }),
    hour12: false,
  }).format(new Date(time))
}

function trimmed(value: number, digits: number): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value)
}

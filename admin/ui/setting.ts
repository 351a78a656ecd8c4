import { effect, signal } from '@preact/signals'

/** What a person chose, kept in cookies so that it holds for the next visit. */
export type Language = 'en' | 'zh-CN'
export type Theme = 'light' | 'dark' | 'system'

export const language = signal<Language>(chosen('tsubo-language', ['en', 'zh-CN']) ?? preferredLanguage())
export const theme = signal<Theme>(chosen('tsubo-theme', ['light', 'dark', 'system']) ?? 'system')

effect(() => {
  document.documentElement.lang = language.value
})

effect(() => {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset.theme
  else dataset.theme = theme.value
})

export function chooseLanguage(value: Language): void {
  keep('tsubo-language', value)
  language.value = value
}

export function chooseTheme(value: Theme): void {
  keep('tsubo-theme', value)
  theme.value = value
}

/** The browser's own order, which is what it sends as Accept-Language. */
function preferredLanguage(): Language {
  for (const each of navigator.languages) {
    if (/^zh\b/i.test(each)) return 'zh-CN'
    if (/^en\b/i.test(each)) return 'en'
  }
  return 'en'
}

function chosen<T extends string>(name: string, known: readonly T[]): T | undefined {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`))
  const value = found?.slice(name.length + 1)
  return known.find((each) => each === value)
}

function keep(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the other way, cookieStore, is only there over https
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Strict`
}

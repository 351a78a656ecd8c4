import { signal } from '@preact/signals'
import { language } from './setting.ts'
import type en from './text/en.json'

/** The keys of all sentences. */
export type TextKey = keyof typeof en

type Catalog = Readonly<Record<TextKey, string>>

const catalogs = {
  en: () => import('./text/en.json'),
  'zh-CN': () => import('./text/zh-cn.json'),
}

const catalog = signal<Catalog | undefined>(undefined)

/** Loads the sentences of the language in force. Until then there is nothing to show. */
export async function loadTexts(): Promise<void> {
  const wanted = language.value
  const loaded = await catalogs[wanted]()
  if (wanted === language.peek()) catalog.value = loaded.default
}

/**
 * A sentence in the language in force. `{name}` stands for a parameter. Where it depends on a number, `n`, the forms for one
 * and for several are set apart by a bar.
 */
export function t(key: TextKey, params?: Readonly<Record<string, string | number>>): string {
  const text = catalog.value?.[key] ?? key
  return params ? fill(text, params) : text
}

/** Whether a text of the server's has a sentence here. */
export function isTextKey(key: string): key is TextKey {
  return catalog.value !== undefined && Object.hasOwn(catalog.value, key)
}

export function fill(text: string, params: Readonly<Record<string, string | number>>): string {
  const forms = text.split(' | ')
  const form = (forms.length > 1 && params.n !== 1 ? forms[1] : forms[0]) ?? text
  return form.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? shown(params[name] as string | number) : whole,
  )
}

function shown(value: string | number): string {
  return typeof value === 'number' ? new Intl.NumberFormat(language.value).format(value) : value
}

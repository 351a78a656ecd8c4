import type { ServiceKeyText } from '../../api.ts'

/** `group/name:version`, as Dubbo writes it. */
export function keyText({ name, group, version }: ServiceKeyText): string {
  return `${group ? `${group}/` : ''}${name}${version ? `:${version}` : ''}`
}

export function sameKey(a: ServiceKeyText, b: ServiceKeyText): boolean {
  return a.name === b.name && (a.group ?? '') === (b.group ?? '') && (a.version ?? '') === (b.version ?? '')
}

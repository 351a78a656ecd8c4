/** Tags whose text goes into the schema as it is. */
export const textTags = ['java', 'group', 'version', 'http'] as const

const number = { form: /^\d{1,9}$/, example: '10' }
const flag = { form: /^(true|false)$/, example: 'true' }

/** How calls go where nobody says otherwise, by Dubbo's names; on a method, or on a service for all its methods. */
const governance: Readonly<Record<string, { readonly form: RegExp; readonly example: string }>> = {
  cluster: {
    form: /^(failover|failfast|failsafe|failback|forking|broadcast|available|hedging)$/,
    example: 'failfast',
  },
  loadbalance: {
    form: /^(random|roundrobin|leastactive|shortestresponse|consistenthash|adaptive|p2c)$/,
    example: 'p2c',
  },
  retries: { form: number.form, example: '0' },
  forks: { form: number.form, example: '2' },
  actives: number,
  executes: number,
  overload: flag,
  tps: number,
  sticky: flag,
  breaker: flag,
  ejection: flag,
  mock: { form: /^((force|fail):)?\s*(return|throw)\b/, example: 'fail:return null' },
}

export const governanceTags = Object.keys(governance)

type Told = { readonly text: string } | { readonly message: string; readonly fix: string }

/** What such a tag says, or what is wrong with it. Undefined for other tags. */
export function readTextTag(name: string, text: string): Told | undefined {
  switch (name) {
    case 'java':
      return /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(text)
        ? { text }
        : { message: '@java needs a Java name', fix: 'write: @java com.example.TicketService' }
    case 'group':
    case 'version': {
      const fix = `write: @${name} ${name === 'group' ? 'beijing' : '1.0.0'}`
      return /^[\w.-]{1,100}$/.test(text)
        ? { text }
        : { message: `@${name} needs one word of letters, digits, "_", "-" and "."`, fix }
    }
    case 'http': {
      const [, verb, path] = /^([A-Za-z]+)\s+(\/\S*)$/.exec(text) ?? []
      const fix = 'write: @http GET /tickets/{id}'
      if (!verb || !path) return { message: '@http needs a verb and a path', fix }
      if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(verb)) {
        return { message: `${verb} is not one of GET, POST, PUT, PATCH and DELETE`, fix }
      }
      if (path.length > 500 || !/^(\/([\w.~-]+|\{[A-Za-z_]\w*\}))+$|^\/$/.test(path)) {
        return { message: 'the path is made of /words and /{parameters}', fix }
      }
      const names = pathParameters(path)
      const twice = names.find((name, i) => names.indexOf(name) !== i)
      return twice ? { message: `the path names {${twice}} twice`, fix } : { text: `${verb} ${path}` }
    }
    default: {
      const known = Object.hasOwn(governance, name) ? governance[name] : undefined
      if (!known) return undefined
      if (text.length <= 1000 && known.form.test(text)) return { text }
      const words = /^\^\((\w+(?:\|\w+)*)\)\$$/.exec(known.form.source)?.[1]?.replaceAll('|', ', ')
      const wanted = words ? `one of ${words}` : known.form === number.form ? 'a whole number' : 'return or throw'
      return { message: `@${name} needs ${wanted}`, fix: `write: @${name} ${known.example}` }
    }
  }
}

/** The names in the braces of a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] as string)
}

/** The milliseconds of `500`, `500ms`, `2s` or `1m`; undefined for anything else, and for nothing or more than a day. */
export function milliseconds(text: string): number | undefined {
  const [, digits, unit = 'ms'] = /^(\d{1,8})\s*(ms|s|m)?$/.exec(text) ?? []
  const time = Number(digits ?? 0) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? 1)
  return time > 0 && time <= 86_400_000 ? time : undefined
}

/** A kind of text that `@format` names. */
export interface Format {
  /** Decides in time that grows with the length of the text alone: no part can be matched in two ways. */
  readonly pattern: RegExp
  /** What a text should be that isn't one. */
  readonly says: string
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const group = '[0-9A-Fa-f]{1,4}'
const leapDay = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29'
const otherDay =
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))'

/** The formats there are, by name. */
export const formats: Readonly<Record<string, Format>> = {
  /** As HTML's input element takes it. */
  email: {
    pattern: new RegExp(`^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${label}(?:\\.${label})*$`),
    says: 'an e-mail address',
  },
  /** A scheme, a colon and something behind it (RFC 3986's letters, or any beyond ASCII). */
  uri: { pattern: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\p{Cc}]+$/u, says: 'a URI' },
  uuid: { pattern: /^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/, says: 'a UUID' },
  /** A day that exists. */
  date: { pattern: new RegExp(`^(?:${leapDay}|${otherDay})$`), says: 'a date like 2026-11-22' },
  hostname: { pattern: new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`), says: 'a host name' },
  ipv4: { pattern: new RegExp(`^${byte}(?:\\.${byte}){3}$`), says: 'an IPv4 address' },
  ipv6: {
    pattern: new RegExp(
      `^(?:(?:${group}:){7}${group}|(?:${group}:){1,7}:|${[1, 2, 3, 4, 5, 6]
        .map((n) => `(?:${group}:){1,${7 - n}}(?::${group}){1,${n}}`)
        .join('|')}|:(?::${group}){1,7}|::)$`,
    ),
    says: 'an IPv6 address',
  },
}

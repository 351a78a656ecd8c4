import { nearest } from '../runtime/schema/nearest.js'

/** Where a key of Dubbo's belongs in our configuration, and whether it means anything here. */
export type Meaning =
  | { readonly path: readonly string[] }
  /** One of Dubbo's that has no meaning here. */
  | { readonly unused: true }
  | { readonly wrong: string }

const service = ['group', 'version', 'weight', 'token', 'warmup', 'timeout']

/** What is read of each of Dubbo's sections, in our names. */
const used: Readonly<Record<string, readonly string[]>> = {
  application: ['name', 'shutwait'],
  registry: ['address', 'username', 'password', 'group', 'timeout', 'session'],
  protocol: ['port', 'host'],
  provider: service,
  consumer: ['timeout', 'retries', 'loadbalance'],
  monitor: ['protocol', 'interval'],
  scan: ['basePackages'],
}

/** What Dubbo's sections may hold beside that, and whole sections: pasted files are not to fail for them. */
const unused: Readonly<Record<string, string>> = {
  application:
    'id owner organization version architecture environment compiler logger qosEnable qosPort qosHost qosAcceptForeignIp registerMode metadataType protocol parameters enableFileCache',
  registry:
    'id protocol port client cluster check file register subscribe dynamic default simplified parameters useAsConfigCenter useAsMetadataCenter zone weight transporter server enableEmptyProtection registerMode accepts',
  protocol:
    'id name contextpath threadpool threadname corethreads threads iothreads alive queues accepts codec serialization preferSerialization charset payload buffer heartbeat accesslog transporter exchanger dispatcher networker server client telnet prompt status register keepAlive optimizer extension parameters sslEnabled',
  provider:
    'id retries loadbalance cluster filter listener async connections actives executes accepts delay export register proxy owner document dynamic deprecated validation serialization payload buffer threadpool threads iothreads queues codec host port contextpath parameters accesslog mock layer onconnect ondisconnect sent cache',
  consumer:
    'id check cluster filter listener async connections actives lazy sticky proxy client threadpool threads queues init generic reconnect validation cache mock stub parameters version group serialization referThreadNum meshEnable',
  scan: '',
  module: '*',
  monitor: 'id address username password group version parameters default',
  metrics: '*',
  tracing: '*',
  ssl: '*',
  method: '*',
  reference: '*',
  configCenter: '*',
  metadataReport: '*',
  configs: '*',
  metadataReports: '*',
  protocols: '*',
  providers: '*',
  consumers: '*',
  applications: '*',
  config: '*',
  spring: '*',
}

/**
 * Reads a key as Dubbo writes it: `dubbo.registry.address`, `dubbo.scan.base-packages`,
 * `dubbo.service.com.miao.server.TicketService.version`. Kebab and camel case are the same.
 */
export function meaningOf(key: string): Meaning {
  const [, first = '', ...rest] = key.split('.')
  const section = camel(first)
  if (section === 'service' && rest.length >= 2) {
    const property = camel(rest.at(-1) as string)
    if (service.includes(property)) return { path: ['services', rest.slice(0, -1).join('.'), property] }
    return judged(key, property, service, unused.provider as string)
  }
  if (section === 'registries' && rest.length === 2) {
    return rest[1] === 'address' ? { path: ['registries', rest[0] as string] } : { unused: true }
  }
  const others = unused[section]
  if (others === undefined) {
    const sections = [...Object.keys(unused).map(kebab), 'service', 'registries']
    return { wrong: `${key}: there is no section "${first}"${didYouMean(first, sections)}` }
  }
  // `dubbo.application.qos.enable` is another way to write `qos-enable`.
  const property = camel(rest.join('-'))
  if (section === 'scan' && property === 'basePackages') return { path: ['scan'] }
  if (used[section]?.includes(property)) return { path: [section, property] }
  return judged(key, property, used[section] ?? [], others)
}

function judged(key: string, property: string, known: readonly string[], others: string): Meaning {
  const rest = others.split(' ')
  if (others === '*' || rest.includes(property)) return { unused: true }
  return { wrong: `${key}: Dubbo has no "${kebab(property)}"${didYouMean(property, [...known, ...rest])}` }
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates)
  return meant ? `; did you mean "${kebab(meant)}"?` : ''
}

/** The variables of the environment that set something: Dubbo's form of its keys. */
export const variables: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(used).flatMap(([section, properties]) =>
    properties.map((property) => [
      `DUBBO_${section}_${kebab(property).replaceAll('-', '_')}`.toUpperCase(),
      section === 'scan' ? ['scan'] : [section, property],
    ]),
  ),
)

function camel(text: string): string {
  return text.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}

function kebab(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

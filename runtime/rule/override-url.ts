import { formatHostPort, parseServiceUrl } from '../address.js'

/** What about an override URL isn't a parameter to set, but says for whom, or how it is kept. */
const aboutItself = new Set([
  'application',
  'category',
  'compatible_config',
  'configVersion',
  'dynamic',
  'enabled',
  'group',
  'interface',
  'priority',
  'providerAddresses',
  'side',
  'version',
])

/**
 * An override as Dubbo's older tools write it, `override://10.0.0.5:20880/com.acme.Users?side=provider&weight=5`, in the form of a
 * configurator's item, still unchecked. Throws RangeError for anything else.
 */
export function configOfUrl(text: string): Readonly<Record<string, unknown>> {
  const url = parseServiceUrl(text)
  if (url?.protocol !== 'override') {
    const shown = JSON.stringify(text.slice(0, 100))
    throw new RangeError(`${shown} is not written as override://host[:port]/service?timeout=3000`)
  }
  const { host, port, path, params } = url
  const param = (name: string) => params.get(name) || undefined
  const side = param('side')
  const place = port > 0 ? formatHostPort(host, port) : host
  const address = host === '0.0.0.0' && port === 0 ? [] : [place]
  const providers = param('providerAddresses')?.split(',') ?? []
  // A port is a provider's, whoever is spoken to.
  const ofProvider = side === 'consumer' && port > 0
  const service = `${param('group') ? `${param('group')}/` : ''}${path}${param('version') ? `:${param('version')}` : ''}`
  return {
    ...(side && { side }),
    enabled: param('enabled') !== 'false',
    addresses: ofProvider ? [] : address,
    providerAddresses: ofProvider ? [...address, ...providers] : providers,
    applications: param('application') ? [param('application')] : [],
    services: path && path !== '*' ? [service] : [],
    parameters: Object.fromEntries([...params].filter(([name]) => !aboutItself.has(name))),
  }
}

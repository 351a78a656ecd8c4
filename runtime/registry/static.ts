import { type Address, formatHostPort, isLoopbackHost, parseHostPort, socketPath } from '../address.js'
import type { Publication, Registry } from './registry.js'

const noParams: ReadonlyMap<string, string> = new Map()

/**
 * A fixed list of addresses, each taken to provide every service in every group and version: `static://h:p,unix:/path`, and
 * `static://dubbo://h:p` where only Dubbo's own protocol is spoken. What isn't there is found out by calling: an address that refuses is skipped while another is left. Publishing is a no-op.
 * Throws RangeError for text that is no address.
 */
export function staticRegistry(addresses: string | readonly string[]): Registry {
  const texts = (typeof addresses === 'string' ? addresses.split(',') : addresses).map((text) => text.trim())
  const places = texts
    .filter((text) => text !== '')
    .map((text): Address => {
      const [, protocol = 'tsubo', place = ''] = /^(?:(tsubo|dubbo):\/\/)?(.*)$/s.exec(text) ?? []
      return { protocol, ...(socketPath(place) ? { host: place, port: 0 } : parseHostPort(place)) }
    })
  if (places.length === 0)
    throw new RangeError('a static registry needs at least one address: static://host:port[,host:port]')
  return {
    name: `static://${places.map(shown).join(',')}`,
    loopback: places.every(({ host }) => isLoopbackHost(host)),
    publish: () => published,
    watch(service, _as, found) {
      let stopped = false
      const providers = places.map((place) => ({
        service,
        addresses: [place],
        weight: 100,
        application: '',
        params: noParams,
      }))
      queueMicrotask(() => stopped || found({ state: 'found', providers, stale: false }))
      return () => {
        stopped = true
      }
    },
    async close() {},
  }
}

function shown({ protocol, host, port }: Address): string {
  return `${protocol === 'tsubo' ? '' : `${protocol}://`}${formatHostPort(host, port)}`
}

/** Nothing is written anywhere: whoever uses a static list keeps it himself. */
const published: Publication = { state: 'live', ready: Promise.resolve(), update() {}, async close() {} }

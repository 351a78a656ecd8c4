import { type ServiceKey, serviceKey } from '../service-key.js'
import type { Discovery, Instance, Provider, Publication, Registry } from './registry.js'

/** What the registries of one name share within this process. */
interface Room {
  readonly instances: Map<Publication, Instance>
  readonly watches: Map<ServiceKey, Set<(discovery: Discovery) => void>>
  users: number
}

const rooms = new Map<string, Room>()

/** A registry inside this process, for tests and examples: `memory://name`. Equal names see each other. */
export function memory(name: string): Registry {
  const room = rooms.get(name) ?? { instances: new Map(), watches: new Map(), users: 0 }
  rooms.set(name, room)
  room.users++
  const own = new Set<() => void>()
  let closed = false

  return {
    name: `memory://${name}`,
    loopback: true,
    publish(instance) {
      const publication: Publication = {
        state: 'live',
        ready: Promise.resolve(),
        update(changed) {
          room.instances.set(publication, changed)
          tell(room)
        },
        async close() {
          own.delete(remove)
          remove()
        },
      }
      const remove = () => {
        if (room.instances.delete(publication)) tell(room)
      }
      own.add(remove)
      publication.update(instance)
      return publication
    },
    watch(service, _as, found) {
      const listeners = room.watches.get(service) ?? new Set()
      room.watches.set(service, listeners)
      const listener = (discovery: Discovery) => queueMicrotask(() => listeners.has(listener) && found(discovery))
      const stop = () => {
        own.delete(stop)
        listeners.delete(listener)
        if (listeners.size === 0 && room.watches.get(service) === listeners) room.watches.delete(service)
      }
      own.add(stop)
      listeners.add(listener)
      listener(state(room, service))
      return stop
    },
    async close() {
      for (const end of [...own]) end()
      if (!closed && --room.users === 0) rooms.delete(name)
      closed = true
    },
  }
}

function tell(room: Room): void {
  for (const [service, listeners] of room.watches) {
    const discovery = state(room, service)
    for (const listener of listeners) listener(discovery)
  }
}

function state(room: Room, wanted: ServiceKey): Discovery {
  const others = new Set<string>()
  const providers: Provider[] = []
  for (const { application, addresses, services } of room.instances.values()) {
    for (const { key, weight, enabled, params } of services) {
      if (key.name !== wanted.name || !enabled) continue
      // Looked up anew: a key made by hand is as good as an interned one.
      const service = serviceKey(key.name, key.group, key.version)
      if (service === wanted) providers.push({ service, addresses, weight, application, params })
      else others.add(`group ${service.group ?? 'none'}, version ${service.version ?? 'none'}`)
    }
  }
  if (providers.length > 0 || others.size === 0) return { state: 'found', providers, stale: false }
  return { state: 'found', providers, stale: false, reason: `it is provided only under ${[...others].join('; ')}` }
}

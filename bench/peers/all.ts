import { dubboPeer, type PeerName, rawCallsPeer } from './names.js'
import type { Peer } from './peer.js'

const byName: Readonly<Record<PeerName, () => Promise<Peer>>> = {
  tsubo: async () => (await import('./tsubo.js')).tsubo,
  'raw-batched': async () => (await import('./raw.js')).rawBatched,
  'raw-each': async () => (await import('./raw.js')).rawEach,
  [rawCallsPeer]: async () => (await import('./raw-calls.js')).rawCalls,
  'grpc-js': async () => (await import('./grpc-js.js')).grpcJs,
  connect: async () => (await import('./connect.js')).connect,
  fastify: async () => (await import('./fastify.js')).fastify,
  moleculer: async () => (await import('./moleculer.js')).moleculer,
  nest: async () => (await import('./nest.js')).nest,
  trpc: async () => (await import('./trpc.js')).trpc,
  [dubboPeer]: async () => (await import('./tsubo-dubbo.js')).tsuboDubbo,
  thrift: async () => (await import('./thrift.js')).thriftPeer,
}

/** Loaded on demand, so that a process holds the code of one peer only. */
export const peers: Readonly<Record<string, () => Promise<Peer>>> = byName

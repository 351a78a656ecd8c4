/** Measured by `bench dubbo`; `bench calls` does where it is asked to. */
export const dubboPeer = 'tsubo-dubbo'

/** What a call costs at least; measured where it is asked for. */
export const rawCallsPeer = 'raw-calls'

/** Who can be measured, in the order of the tables' rows. Their code lies in files of these names. */
export const peerNames = [
  'tsubo',
  'raw-batched',
  'raw-each',
  rawCallsPeer,
  'grpc-js',
  'connect',
  'fastify',
  'moleculer',
  'nest',
  'trpc',
  dubboPeer,
  'thrift',
] as const

export type PeerName = (typeof peerNames)[number]

/** What a run measures that names no peers. */
export const comparedPeers: readonly PeerName[] = peerNames.filter(
  (name) => name !== dubboPeer && name !== rawCallsPeer,
)

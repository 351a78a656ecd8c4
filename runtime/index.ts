/** tsubo's public face: what an application imports. Generated code imports `tsubo/codegen` instead. */
export { type Address, formatAddress, type Peer } from './address.js'
export type { Admission, AuthorizedMethod } from './admission.js'
export { Call, type Interceptor, type Invocable, type Invoker, type Observer } from './call.js'
export { type Client, type ClientOptions, createClient } from './client.js'
export type { Cluster, Policy } from './cluster/cluster.js'
export { type FailoverOptions, failover } from './cluster/failover.js'
export type { Balancer, Node, Pick } from './cluster/node.js'
export { roundRobin } from './cluster/round-robin.js'
export { weightedRandom } from './cluster/weighted-random.js'
export type { Offer } from './dispatch.js'
export { type Code, codes, type Metadata, RpcError, type RpcErrorOptions } from './error.js'
export { bearer } from './interceptors/bearer.js'
export { bucketBoundsMs, type Counts, counts, type MethodCounts } from './observers/counts.js'
export { openRegistry } from './open-registry.js'
export { framed } from './protocol/framed.js'
export type { ConnectionOptions } from './protocol/protocol.js'
export type { ClientTls, ServerTls } from './protocol/tls.js'
export type { Catalog, ListedConsumer, ListedProvider, ListedService, Listing } from './registry/catalog.js'
export { memory } from './registry/memory.js'
export type { Discovery, Instance, Provider, Publication, Registry } from './registry/registry.js'
export { staticRegistry } from './registry/static.js'
export { zookeeper } from './registry/zookeeper.js'
export type { OfferedService, RunningServer, ServerState } from './running-server.js'
export { readSecret, type SecretSource, sameSecret } from './secret.js'
export {
  createServer,
  describeServer,
  type ServeOptions,
  type Server,
  type ServerOptions,
} from './server.js'
export { formatServiceKey, type ServiceKey, serviceKey } from './service-key.js'
export { closeOnSignals, type SignalOptions } from './signals.js'
export type { CallOptions, StubOptions } from './stub.js'

/** tsubo's public face: what an application imports. Generated code imports `tsubo/codegen` instead. */
export { type Address, formatAddress, type Peer } from './address.js'
export type { Admission, AuthorizedMethod } from './admission.js'
export { Call, type Interceptor, type Invocable, type Invoker, type Observer } from './call.js'
export { type Client, type ClientOptions, createClient } from './client.js'
export { broadcast } from './cluster/broadcast.js'
export type { Cluster, Policy } from './cluster/cluster.js'
export type { OnIncompatible } from './cluster/compatibility.js'
export { type ConditionRule, type ConsumerParameters, conditionRouter } from './cluster/condition-router.js'
export { type ConsistentHashOptions, consistentHash } from './cluster/consistent-hash.js'
export { type FailoverOptions, failfast, failover } from './cluster/failover.js'
export { type FailbackOptions, failback, failsafe, type OnFailure } from './cluster/failsafe.js'
export { fallback } from './cluster/fallback.js'
export { firstAvailable } from './cluster/first-available.js'
export { forking } from './cluster/forking.js'
export { type HedgingOptions, hedging } from './cluster/hedging.js'
export { leastActive, shortestResponse } from './cluster/least-active.js'
export { type Balancer, Node, type Pick } from './cluster/node.js'
export type { OutlierOptions } from './cluster/outlier-ejection.js'
export { p2c } from './cluster/p2c.js'
export type { RetryBudgetOptions } from './cluster/retry-budget.js'
export { roundRobin } from './cluster/round-robin.js'
export type { Route, Router } from './cluster/router.js'
export type { MethodOptions } from './cluster/settings.js'
export type { BreakerStatus, ProviderStatus, ServiceStatus } from './cluster/status.js'
export { sticky } from './cluster/sticky.js'
export { type TagRule, tagRouter } from './cluster/tag-router.js'
export { weightedRandom } from './cluster/weighted-random.js'
export { type ZoneOptions, zone } from './cluster/zone.js'
export type { Offer } from './dispatch.js'
export { DynamicClient, fetchSchema } from './dynamic-client.js'
export { type Code, codes, type Metadata, RpcError, type RpcErrorOptions } from './error.js'
export type { Guard, Limit } from './guard.js'
export type { CircuitOptions } from './guards/circuit.js'
export { circuitBreaker } from './guards/circuit-breaker.js'
export { type ConcurrencyOptions, concurrency } from './guards/concurrency.js'
export { type OverloadOptions, overload } from './guards/overload.js'
export { type RateLimitOptions, rateLimit } from './guards/rate-limit.js'
export { bearer } from './interceptors/bearer.js'
export { mergeable } from './interceptors/mergeable.js'
export {
  type Counts,
  type CountsOptions,
  type CountsReader,
  counts,
  type MethodCounts,
  type PeerCounts,
} from './observers/counts.js'
export { bucketBoundsMs, type CallCounts, type OutcomeCounts } from './observers/figures.js'
export { openRegistry, type RegistryOptions } from './open-registry.js'
export { framed } from './protocol/framed.js'
export type { ConnectionOptions } from './protocol/protocol.js'
export type { ClientTls, ServerTls } from './protocol/tls.js'
export type { Catalog, ListedConsumer, ListedProvider, ListedService, Listing } from './registry/catalog.js'
export { memory } from './registry/memory.js'
export type { Discovery, Instance, Provider, Publication, Registry } from './registry/registry.js'
export type { AppliedRule, RuleSource, RuleText } from './registry/rule-source.js'
export { staticRegistry } from './registry/static.js'
export { zookeeper } from './registry/zookeeper.js'
export type { OfferedService, RunningServer, ServerState } from './running-server.js'
export { readSchema } from './schema/read-schema.js'
export type { ServiceSchema } from './schema/schema.js'
export { readSecret, type SecretSource, sameSecret } from './secret.js'
export {
  createServer,
  describeServer,
  type ServeOptions,
  type Server,
  type ServerOptions,
} from './server.js'
export { formatServiceKey, type ServiceKey, serviceKey } from './service-key.js'
export type { MonitorOptions } from './services/count-reporter.js'
export { closeOnSignals, type SignalOptions } from './signals.js'
export type { CallOptions, StubOptions } from './stub.js'

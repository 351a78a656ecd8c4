// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * Whether a provider can serve, asked of the provider itself: for probes, load balancers and people. Names, numbers and
 * meaning are those of gRPC's health checking protocol (grpc.health.v1).
 *
 * @package tsubo
 */

/** Served by every provider beside its own services; not published in registries. */
export interface HealthService {
  /**
   * How a service is, or the whole provider where none is named. One that isn't offered here is `ServiceUnknown`.
   * @idempotent
   */
  check(request: HealthCheckRequest): Promise<HealthCheckResponse>

  /** How it is now, and again after every change. */
  watch(request: HealthCheckRequest): AsyncIterable<HealthCheckResponse>
}

export interface HealthCheckRequest {
  /** The full name, `com.miao.server.TicketService`, or with group and version `group/name:version`. Absent or empty: all. */
  service?: string
}

export interface HealthCheckResponse {
  status: ServingStatus
}

export enum ServingStatus {
  Unknown = 0,
  /** Takes calls. */
  Serving = 1,
  /** Not ready yet, taken offline, or about to end. */
  NotServing = 2,
  /** No service of that name is offered here. */
  ServiceUnknown = 3,
}

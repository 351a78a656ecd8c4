/** For whoever operates a process: probes, metrics, a switch. What `tsubo/ops` exports. */
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.js'
export { createOps, type Ops, type OpsListenOptions, type OpsOptions, type RunningOps } from './ops.js'

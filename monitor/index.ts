/*
 * `tsubo/monitor`: the monitor within a process of yours, and the client that asks it.
 */

export {
  type CallSums,
  type CountAnswer,
  type CountPoint,
  type CountQuery,
  type CountSeries,
  type Label,
  type Labels,
  MonitorServiceClient,
} from '../generated/tsubo/monitor.js'
export { createMonitor, type Monitor, type MonitorOptions } from './monitor.js'

/** Traces by OpenTelemetry, of which this needs the API alone: what `tsubo/otel` exports. */
export { type ClientTracesOptions, clientTraces, serverTraces, type TracesOptions } from './traces.js'

/** The lines of Dubbo that are spoken with, and what a JVM of theirs needs. */
export interface Line {
  readonly name: '2.7.3' | '3.3'
  /** Its folder, and what Maven calls it. */
  readonly module: string
  /** What this Dubbo can't do without on a JDK that keeps its own classes closed. docs/java.md says why. */
  readonly flags: readonly string[]
}

export const lines: readonly Line[] = [
  {
    name: '2.7.3',
    module: 'dubbo-2.7.3',
    flags: ['--add-opens=java.base/java.lang=ALL-UNNAMED', '--add-opens=java.base/java.math=ALL-UNNAMED'],
  },
  { name: '3.3', module: 'dubbo-3.3', flags: [] },
]

/** What has nothing to do with Dubbo: small, quick to start, and Chinese on standard output. */
export const commonFlags = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8']

/**
 * Dubbo publishes a machine's outside address and refuses 127.0.0.1. Tests are to stay within the machine: this is the same
 * address in a form that it lets pass.
 */
export const loopback = { DUBBO_IP_TO_BIND: '2130706433', DUBBO_IP_TO_REGISTRY: '2130706433' }

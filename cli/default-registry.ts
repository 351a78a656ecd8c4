/** The registry of commands that are given none: Dubbo's variable, else a ZooKeeper of this machine. */
export function defaultRegistry(): string {
  return process.env.DUBBO_REGISTRY_ADDRESS || 'zookeeper://127.0.0.1:2181'
}

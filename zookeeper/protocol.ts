/*
 * The numbers of ZooKeeper's client protocol (zookeeper.jute, ZooDefs and KeeperException of ZooKeeper 3.8).
 */

/** What a request asks for. */
export const op = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  deleteContainer: 20,
  createTtl: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  closeSession: -11,
} as const

/** How a request went; 0 is well. */
export const code = {
  ok: 0,
  systemError: -1,
  runtimeInconsistency: -2,
  marshallingError: -5,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  noWatcher: -121,
  reconfigDisabled: -123,
} as const

/** What a watch tells of. */
export const eventType = { created: 1, deleted: 2, changed: 3, children: 4 } as const
export type EventType = (typeof eventType)[keyof typeof eventType]

/** Bits of an ACL entry. */
export const permission = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const

/** `flags` of a create. */
export const createMode = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  ttl: 5,
  ttlSequential: 6,
} as const

/** A request that is answered with an error code; nothing has changed. */
export class KeeperError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'KeeperError'
    this.code = code
  }
}

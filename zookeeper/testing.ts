/*
 * `tsubo/testing`: what tests of services need besides the runtime.
 */

export type { Limits } from './keeper.js'
export type { Misbehaviour, Script, ScriptedRequest } from './script.js'
export { type ServerSession, startZooKeeper, type ZooKeeper, type ZooKeeperOptions } from './server.js'

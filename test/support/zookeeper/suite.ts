import { afterAll, beforeAll, describe, inject } from 'vitest'
import { startEnsemble, startZooKeeper, type ZooKeeperEnsemble, type ZooKeeperServer } from './server.js'

const { builtIn, address, installation } = inject('zooKeeper')

/**
 * Tests against the run's shared ZooKeepers, the built-in one and the real one; `host:port` is handed in. Not run over
 * the real one, and counted, where none can be had.
 */
export function describeWithZooKeeper(name: string, tests: (address: string) => void): void {
  describe(`${name} (built-in ZooKeeper)`, () => tests(builtIn))
  describeWithRealZooKeeper(name, tests)
}

/** Tests against the run's shared real ZooKeeper. Not run, and counted, where none can be had. */
export function describeWithRealZooKeeper(name: string, tests: (address: string) => void): void {
  describe.skipIf(!address)(name, { meta: { needsZooKeeper: 'shared' } }, () => tests(address ?? ''))
}

/** Tests that stop, freeze or kill a ZooKeeper of their own: started before them, removed after them. */
export function describeWithPrivateZooKeeper(
  name: string,
  tests: (server: () => ZooKeeperServer, shared: () => string) => void,
): void {
  describe.skipIf(!installation)(name, { meta: { needsZooKeeper: 'private' } }, () => {
    let server: ZooKeeperServer | undefined
    beforeAll(async () => {
      if (installation) server = await startZooKeeper(installation)
    })
    afterAll(() => server?.close())
    tests(
      () => {
        if (!server) throw new Error('the server is there only inside tests')
        return server
      },
      () => address ?? '',
    )
  })
}

/** Tests against three ZooKeepers of their own that are one. Needs a Java installation. */
export function describeWithEnsemble(name: string, tests: (ensemble: () => ZooKeeperEnsemble) => void): void {
  describe.skipIf(installation?.kind !== 'java')(name, { meta: { needsZooKeeper: 'private' } }, () => {
    let ensemble: ZooKeeperEnsemble | undefined
    beforeAll(async () => {
      if (installation) ensemble = await startEnsemble(installation)
    })
    afterAll(() => ensemble?.close())
    tests(() => {
      if (!ensemble) throw new Error('the ensemble is there only inside tests')
      return ensemble
    })
  })
}

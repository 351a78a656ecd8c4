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

type PrivateTests = (server: () => ZooKeeperServer, shared: () => string) => void

/**
 * Tests that stop, freeze or kill a ZooKeeper of their own: started before them, removed after them. Over the built-in one,
 * which forgets everything when it is killed, and a real one.
 */
export function describeWithPrivateZooKeeper(name: string, tests: PrivateTests): void {
  describe(`${name} (built-in ZooKeeper)`, () => withPrivate('built-in', builtIn, tests))
  describeWithPrivateRealZooKeeper(name, tests)
}

/** Tests with a real ZooKeeper of their own. Not run, and counted, where none can be had. */
export function describeWithPrivateRealZooKeeper(name: string, tests: PrivateTests): void {
  describe.skipIf(!installation)(name, { meta: { needsZooKeeper: 'private' } }, () =>
    withPrivate(installation, address ?? '', tests),
  )
}

function withPrivate(of: typeof installation | 'built-in', shared: string, tests: PrivateTests): void {
  let server: ZooKeeperServer | undefined
  beforeAll(async () => {
    if (of) server = await startZooKeeper(of)
  })
  afterAll(() => server?.close())
  tests(
    () => {
      if (!server) throw new Error('the server is there only inside tests')
      return server
    },
    () => shared,
  )
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

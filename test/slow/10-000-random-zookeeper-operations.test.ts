import { describe, expect, it } from 'vitest'
import { startZooKeeper } from '../../zookeeper/server.js'
import { compareSubjects } from '../support/zookeeper/differential.js'
import { describeWithPrivateRealZooKeeper } from '../support/zookeeper/suite.js'

describe.each([11, 12])('seed %i', (seed) => {
  describeWithPrivateRealZooKeeper('10,000 random operations over five connections', (real) => {
    it('get the same answers and cause the same events in both ZooKeepers', async () => {
      const builtIn = await startZooKeeper()
      const { codes, events } = await compareSubjects(
        [{ host: '127.0.0.1', port: real().port }, builtIn],
        { seed, steps: 10_000, expiries: 1_000 },
        ([expected, got], history) => expect(got, history()).toEqual(expected),
      )
      await builtIn.close()
      expect(codes.get(0)).toBeGreaterThan(3_000)
      expect(events).toBeGreaterThan(600)
      const all = [-5, -6, -8, -101, -102, -103, -108, -110, -111, -114, -115, -121, -123]
      for (const code of all) expect([...codes.keys()]).toContain(code)
    })
  })
})

import { expect, it } from 'vitest'
import { startZooKeeper } from '../../zookeeper/server.js'
import { compareSubjects } from '../support/zookeeper/differential.js'
import { describeWithPrivateRealZooKeeper } from '../support/zookeeper/suite.js'

/** More of them, and from other seeds, in test/slow. */
describeWithPrivateRealZooKeeper('2,000 random operations over five connections', (real) => {
  it('get the same answers and cause the same events', { timeout: 60_000 }, async () => {
    const builtIn = await startZooKeeper()
    const options = { seed: 1, steps: 2_000, expiries: 1_000 }
    const { codes, events } = await compareSubjects(
      [{ host: '127.0.0.1', port: real().port }, builtIn],
      options,
      ([expected, got], history) => expect(got, history()).toEqual(expected),
    )
    await builtIn.close()
    // Enough of everything that can be answered, or it would be no comparison.
    expect(codes.get(0)).toBeGreaterThan(500)
    expect(events).toBeGreaterThan(150)
    for (const code of [-5, -8, -101, -102, -103, -108, -110, -111, -114, -121])
      expect([...codes.keys()]).toContain(code)
  })
})

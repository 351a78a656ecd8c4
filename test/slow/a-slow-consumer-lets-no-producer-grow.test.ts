import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { root } from '../support/child.js'
import { closeAll, echoClient } from '../support/network.js'

const seconds = 60

test(`ten streams that are read slowly for ${seconds} s: their producer grows by less than 20 MB`, async () => {
  const producer = fork(`${root}test/support/stream-producer.ts`, {
    cwd: root,
    execArgv: ['--expose-gc', '--conditions=@tsubo/source', '--import', 'tsx'],
  })
  const told = async () => (await once(producer, 'message'))[0] as number
  const held = () => {
    producer.send('held')
    return told()
  }
  try {
    const client = echoClient([await told()])
    const streams = Array.from({ length: 10 }, () => client.count('1000000000')[Symbol.asyncIterator]())
    const taken = new Array<number>(streams.length).fill(0)
    const takeOne = () =>
      Promise.all(
        streams.map(async (stream, i) => {
          const { value } = await stream.next()
          taken[i]!++
          expect(Number(String(value).replaceAll('.', ''))).toBe(taken[i])
        }),
      )
    await takeOne()
    // Until all windows are full; what is held after that is growth.
    await sleep(3000)
    const before = await held()
    let most = 0
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      for (let i = 0; i < 20; i++) await takeOne()
      await sleep(250)
      most = Math.max(most, await held())
    }
    expect(taken[0]).toBeGreaterThan(1000)
    expect((most - before) / 2 ** 20).toBeLessThan(20)
  } finally {
    producer.disconnect()
    await closeAll()
  }
})

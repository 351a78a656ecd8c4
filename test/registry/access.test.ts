import { expect, it, vi } from 'vitest'
import { zookeeper } from '../../runtime/registry/zookeeper.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { inspect, instanceOn, ownChroot, ticketService, watching } from './services.js'

describeWithZooKeeper('a user in the address', (address) => {
  it('owns its nodes: others are refused and told so', async () => {
    const root = ownChroot()
    const warnings: string[] = []
    const options = { sessionTimeoutMs: 1_000, onWarning: (message: string) => warnings.push(message) }
    const mine = zookeeper(`zookeeper://me:secret@${address}${root}`, options)
    const other = zookeeper(`zookeeper://${address}${root}`, options)
    await mine.publish(instanceOn(1001)).ready
    const [own, foreign] = [watching(mine), watching(other)]
    await vi.waitFor(() => expect(own.ports).toEqual([1001]))
    await vi.waitFor(() => expect(foreign.last.state).toBe('failed'))
    expect(String(foreign.last.state === 'failed' && foreign.last.cause)).toContain(
      `${other.name}: getChildren ${root}/dubbo/${ticketService}/providers: NO_AUTH (-102)`,
    )
    expect(mine.name).not.toContain('secret')
    expect(warnings.join()).not.toContain('secret')
    expect(warnings).toEqual([expect.stringContaining("can't register: ")])
    await Promise.all([mine.close(), other.close()])
  })
})

describeWithZooKeeper('acl=readable in the address', (address) => {
  it('lets others find its providers, and still not register beside them', async () => {
    const root = ownChroot()
    const warnings: string[] = []
    const options = { sessionTimeoutMs: 1_000, onWarning: (message: string) => warnings.push(message) }
    const mine = zookeeper(`zookeeper://me:secret@${address}${root}?acl=readable`, options)
    const other = zookeeper(`zookeeper://${address}${root}`, { ...options, registerConsumers: false })
    await mine.publish(instanceOn(1001)).ready
    const foreign = watching(other)
    await vi.waitFor(() => expect(foreign.ports).toEqual([1001]))
    const refused = other.publish(instanceOn(1002))
    await vi.waitFor(() => expect(refused.state).toBe('failed'))
    expect(warnings).toEqual([expect.stringMatching(/can't register: create .*: NO_AUTH \(-102\); trying again$/)])
    await Promise.all([mine.close(), other.close()])
  })
})

describeWithZooKeeper('the session timeout', (address) => {
  it('is what the server makes of it: to be read, and told where it was not what was asked for', async () => {
    const warnings: string[] = []
    const options = { onWarning: (message: string) => warnings.push(message) }
    const asked = zookeeper(`zookeeper://${address}${ownChroot()}?session=90000`, options)
    expect(asked.session).toBeUndefined()
    await asked.publish(instanceOn(1001)).ready
    expect(asked.session).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), timeoutMs: 60_000 })
    expect(warnings).toEqual([
      `${asked.name} makes it a session timeout of 60000 ms (asked for 90000): so long the node of a process that crashed stays`,
    ])
    await asked.close()
    expect(asked.session).toBeUndefined()
  })
})

describeWithZooKeeper('several servers in the address', (address) => {
  it('are tried in turn until one answers', async () => {
    const root = ownChroot()
    const warnings: string[] = []
    const registry = zookeeper(`zookeeper://127.0.0.1:1${root}?backup=127.0.0.1:2,${address}`, {
      onWarning: (message) => warnings.push(message),
    })
    const look = await inspect(address)
    await registry.publish(instanceOn(1001)).ready
    expect(await look.children(`${root}/dubbo/${ticketService}/providers`)).toHaveLength(1)
    expect(warnings).toEqual([])
    await registry.close()
    look.close()
  })
})

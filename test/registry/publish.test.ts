import { expect, it, vi } from 'vitest'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { inspect, instanceOn, openTestRegistry, ownChroot, ticketService } from './services.js'

describeWithZooKeeper('a published instance', (address) => {
  it('is one decodable URL per service while it runs and none after it is closed', async () => {
    const root = ownChroot()
    const { registry, warnings } = openTestRegistry(address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    await publication.ready
    expect(publication.state).toBe('live')

    const place = `${root}/dubbo/${ticketService}/providers`
    const [url, ...more] = await look.children(place)
    expect(more).toEqual([])
    expect(url).toMatch(
      /^tsubo:\/\/127\.0\.0\.1:20880\/com\.miao\.server\.TicketService\?application=provider-server&dynamic=true&interface=com\.miao\.server\.TicketService&methods=getTicket,book&pid=\d+&side=provider&timestamp=\d{13}$/,
    )

    await publication.close()
    expect(await look.children(place)).toEqual([])
    expect(warnings).toEqual([])
    await registry.close()
    look.close()
  })

  it('goes when its registry is closed', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const look = await inspect(address)
    await registry.publish(instanceOn(20880)).ready
    await registry.close()
    expect(await look.children(`${root}/dubbo/${ticketService}/providers`)).toEqual([])
    look.close()
  })

  it('changes its node when it is updated', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    await publication.ready
    publication.update(instanceOn(20880, { weight: 20, enabled: false }))
    await vi.waitFor(async () => {
      const urls = await look.children(`${root}/dubbo/${ticketService}/providers`)
      expect(urls).toHaveLength(1)
      expect(urls[0]).toContain('&weight=20')
      expect(urls[0]).toContain('&enabled=false')
      // Others may see the node before its owner has the answer.
      expect(publication.state).toBe('live')
    })
    await registry.close()
    look.close()
  })

  it('lies below the group that the address names', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(`${address}${root}?group=staging`)
    const look = await inspect(address)
    await registry.publish(instanceOn(20880)).ready
    expect(await look.children(`${root}/staging/${ticketService}/providers`)).toHaveLength(1)
    await registry.close()
    look.close()
  })

  it('rejects ready when it is closed before it was registered', async () => {
    const { registry } = openTestRegistry('127.0.0.1:1')
    const publication = registry.publish(instanceOn(20880))
    await publication.close()
    await expect(publication.ready).rejects.toThrow('closed before it was registered')
    await registry.close()
  })
})

import { afterEach, expect, test } from 'vitest'
import { MetadataServiceClient } from '../../generated/tsubo/metadata.js'
import { UserServiceSkeleton } from '../../generated/user.js'
import { UserServiceSchema } from '../../generated/user.schema.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Provider } from '../../runtime/registry/registry.js'
import { readSchema } from '../../runtime/schema/read-schema.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, echoSchema } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, provide, until } from '../support/network.js'

class Users extends UserServiceSkeleton {
  buyTicket() {
    return 'sold'
  }
}

afterEach(closeAll)

test('its services, their schemas, and their contracts as they were written', async () => {
  const { bound } = await provide([new Users(), { service: new Echo(), group: 'g', version: '2' }])
  const metadata = new MetadataServiceClient(connectTo([bound.port]))
  expect(await metadata.services()).toEqual([
    { name: UserServiceSchema.name, hash: UserServiceSchema.hash },
    { name: 'test.EchoService', group: 'g', version: '2', hash: echoSchema.hash },
  ])
  expect(readSchema(JSON.parse(await metadata.schema({ name: UserServiceSchema.name })))).toEqual(UserServiceSchema)
  expect(await metadata.contract({ name: UserServiceSchema.name })).toEqual([
    {
      path: 'user.d.ts',
      owner: 'tsubo',
      text: expect.stringContaining('export interface UserService {'),
      lock: expect.stringContaining('"com.miao.server.UserService": {'),
    },
  ])
})

test('what is not there is named, with what is', async () => {
  const { bound } = await provide([{ service: new Echo(), group: 'g', version: '2' }])
  const metadata = new MetadataServiceClient(connectTo([bound.port]))
  expect(await failure(metadata.schema({ name: 'a.Nobody' }))).toMatchObject({
    code: 'not_found',
    message: 'a.Nobody is not offered here; there is g/test.EchoService:2',
  })
  expect((await failure(metadata.schema({ name: 'test.EchoService', group: '' }))).code).toBe('not_found')
  expect(await metadata.schema({ name: 'test.EchoService', group: 'g' })).toContain('"test.EchoService"')
  // Written by hand, so there is no text of it.
  expect(await failure(metadata.contract({ name: 'test.EchoService' }))).toMatchObject({
    code: 'unimplemented',
    message: expect.stringContaining("can't show its contract"),
  })
})

test('to those who may call it, and not at all where it is switched off', async () => {
  const guarded = await provide([new Users()], {
    authorize: (_, { service }) => service !== 'tsubo.MetadataService' || 'not for you',
  })
  const refused = await failure(new MetadataServiceClient(connectTo([guarded.bound.port])).services())
  expect(refused.code).toBe('unauthenticated')
  const silent = await provide([new Users()], { metadata: false })
  expect((await failure(new MetadataServiceClient(connectTo([silent.bound.port])).services())).code).toBe(
    'unimplemented',
  )
})

test('the hash of a contract is registered, the service itself is not', async () => {
  const registry = memory('metadata')
  closeLater(() => registry.close())
  const running = await createServer({ services: [new Users()] }).listen({ registry })
  closeLater(() => running.close(0))
  let found: readonly Provider[] = []
  registry.watch(serviceKey(UserServiceSchema.name), { application: 'test' }, (discovery) => {
    if (discovery.state === 'found') found = discovery.providers
  })
  await until(() => found.length === 1)
  expect(found[0]?.params.get('contract')).toBe(UserServiceSchema.hash)
  let others: readonly Provider[] | undefined
  registry.watch(serviceKey('tsubo.MetadataService'), { application: 'test' }, (discovery) => {
    if (discovery.state === 'found') others = discovery.providers
  })
  await until(() => others !== undefined)
  expect(others).toEqual([])
})

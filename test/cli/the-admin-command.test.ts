import { afterEach, expect, inject, it } from 'vitest'
import { adminSettings } from '../../cli/admin-settings.js'
import { ownChroot } from '../registry/services.js'
import { closeAll } from '../support/network.js'
import { project, startTsubo } from '../support/serving.js'

afterEach(closeAll)

const properties = (address: string) => `
# dubbo-admin
admin.registry.address=${address}
admin.config-center=zookeeper://127.0.0.1:2181
server.port = 0
admin.root.user.name: boss
admin.root.user.password=correct\\u0020horse
dubbo.application.name=dubbo-admin
`

it('starts by dubbo-admin`s application.properties, and ends when it is told to', async () => {
  const address = `zookeeper://${inject('zooKeeper').builtIn}${ownChroot()}`
  const folder = project({ 'application.properties': properties(address) })
  const admin = startTsubo(['admin', '--config', 'application.properties', '--data', 'data'], folder)
  await admin.prints('console is ready at ')
  expect(admin.printed()).toMatch(
    /^console is ready at http:\/\/127\.0\.0\.1:\d+, of zookeeper:\/\/127\.0\.0\.1:\d+\S+\n$/,
  )
  const url = /http:\S+(?=,)/.exec(admin.printed())?.[0]
  const login = (username: string, password: string) =>
    fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    })
  expect((await login('root', 'root')).status).toBe(401)
  expect((await login('boss', 'correct horse')).status).toBe(200)
  expect(await admin.end()).toBe(0)
})

it('refuses an address that others reach while everybody knows the password, and a port that is taken', async () => {
  const folder = project({})
  const address = `zookeeper://${inject('zooKeeper').builtIn}${ownChroot()}`
  const args = ['admin', '--registry', address, '--data', 'data']
  const open = startTsubo([...args, '--host', '0.0.0.0', '--port', '0'], folder)
  const wrong = startTsubo([...args, '--port', '70000'], folder)
  const origin = startTsubo([...args, '--origin', 'console.example.com'], folder)
  expect(await open.ended).toBe(1)
  expect(open.printed()).toMatch(
    /^tsubo admin: 0\.0\.0\.0 can be reached from other machines, and everybody knows the password;/,
  )
  expect(await wrong.ended).toBe(2)
  expect(wrong.printed()).toContain('--port 70000: a port is a number from 0 to 65535')
  expect(await origin.ended).toBe(2)
  expect(origin.printed()).toContain('--origin console.example.com: write https://host or https://host:port')
})

it('takes variables before the file, and no blank names', () => {
  const folder = project({
    'a.properties': properties('zookeeper://a:2181'),
    'b.properties': 'admin.root.user.name=\n',
  })
  expect(
    adminSettings(`${folder}/a.properties`, {
      ADMIN_REGISTRY_ADDRESS: 'zookeeper://b:2181',
      ADMIN_REGISTRY_GROUP: 'g',
    }),
  ).toEqual({
    registry: 'zookeeper://b:2181?group=g',
    port: 0,
    host: undefined,
    name: 'boss',
    password: 'correct horse',
  })
  expect(() => adminSettings(`${folder}/b.properties`, {})).toThrow('must not be empty')
  expect(() => adminSettings(`${folder}/c.properties`, {})).toThrow('there is no file')
})

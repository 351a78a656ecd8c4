import type { AddressInfo } from 'node:net'
import { fastify as createServer } from 'fastify'
import { Client } from 'undici'
import { type Item, page, rebuilt } from '../messages.js'
import type { Peer } from './peer.js'

const item = {
  type: 'object',
  required: ['id', 'name', 'tags', 'price', 'createdAt'],
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    price: { type: 'number' },
    createdAt: { type: 'integer' },
  },
} as const
const list = { type: 'object', properties: { item, items: { type: 'array', items: item } } } as const

export const fastify: Peer = {
  packages: ['fastify', 'undici'],
  setup: 'JSON with schemas, HTTP/1.1 pipelined on one connection',

  async serve() {
    const server = createServer()
    server.post<{ Body: Item }>('/small', { schema: { body: item, response: { 200: item } } }, async ({ body }) =>
      rebuilt(body),
    )
    server.post<{ Body: Item }>('/medium', { schema: { body: item, response: { 200: list } } }, async ({ body }) =>
      page(body),
    )
    await server.listen({ host: '127.0.0.1', port: 0 })
    return (server.server.address() as AddressInfo).port
  },

  async connect(port) {
    const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 512 })
    const headers = { 'content-type': 'application/json' }
    const post = async <T>(path: string, value: Item): Promise<T> => {
      const { body } = await client.request({
        method: 'POST',
        path,
        headers,
        body: JSON.stringify(value),
        idempotent: true,
        blocking: false,
      })
      return (await body.json()) as T
    }
    return {
      small: (value) => post('/small', value),
      medium: (value) => post('/medium', value),
      close: () => client.destroy(),
    }
  },
}

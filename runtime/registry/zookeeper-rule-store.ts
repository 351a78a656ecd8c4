import { decodeNodeName, parseServiceUrl } from '../address.js'
import { serviceKey } from '../service-key.js'
import { reportReader } from './read-consumer-report.js'
import { RuleConflict, type RuleReport, type RuleStore } from './rule-store.js'
import { type NodeAcl, type ZooKeeperConnection, ZooKeeperError, type ZooKeeperErrorCode } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import { createParents } from './zookeeper-own-nodes.js'

const concurrency = 16

/** Rules below `/dubbo/config/dubbo`, where Dubbo's tools write them. `root` is `/dubbo`, with its chroot. */
export function zooKeeperRuleStore(connect: () => Promise<ZooKeeperConnection>, root: string, acl: NodeAcl): RuleStore {
  const folder = `${root}/config/dubbo`
  return {
    async keys() {
      const connection = await connect()
      return [...((await unless('no_node', connection.children(folder))) ?? [])].sort()
    },
    async read(key) {
      const connection = await connect()
      const node = await unless('no_node', connection.data(`${folder}/${key}`))
      if (!node) return undefined
      return { data: node.data ?? new Uint8Array(), version: node.stat.version, changedAt: node.stat.changedAt }
    },
    async write(key, data, version) {
      const connection = await connect()
      const path = `${folder}/${key}`
      try {
        if (version !== undefined) return await connection.write(path, data, version)
        await createParents(connection, path, acl)
        await connection.create(path, { ephemeral: false, acl, data })
      } catch (error) {
        if (['bad_version', 'node_exists', 'no_node'].some((code) => isCode(error, code as ZooKeeperErrorCode))) {
          throw new RuleConflict(key)
        }
        throw error
      }
    },
    async delete(key) {
      const connection = await connect()
      await unless('no_node', connection.delete(`${folder}/${key}`))
    },
    async reports() {
      const connection = await connect()
      const readReport = await reportReader()
      const services = (await unless('no_node', connection.children(root))) ?? []
      const reports: RuleReport[] = []
      const nodes: string[] = []
      await eachLimited(services, concurrency, async (service) => {
        const consumers = `${root}/${service}/consumers`
        for (const name of (await unless('no_node', connection.children(consumers))) ?? [])
          nodes.push(`${consumers}/${name}`)
      })
      await eachLimited(nodes, concurrency, async (path) => {
        const url = parseServiceUrl(decodeNodeName(path.slice(path.lastIndexOf('/') + 1)) ?? '')
        if (url?.protocol !== 'consumer') return
        const node = await unless('no_node', connection.data(path))
        if (!node) return
        const { params } = url
        reports.push({
          service: serviceKey(params.get('interface') || url.path, params.get('group'), params.get('version')),
          application: params.get('application') ?? '',
          host: url.host,
          tells: params.has('tsubo'),
          rules: readReport(node.data).rules,
        })
      })
      return reports
    },
  }
}

async function unless<T>(code: ZooKeeperErrorCode, operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (isCode(error, code)) return undefined
    throw error
  }
}

function isCode(error: unknown, code: ZooKeeperErrorCode): boolean {
  return error instanceof ZooKeeperError && error.code === code
}

import { defineConfig } from 'tsubo/serve'

export default defineConfig({
  application: { name: 'provider-server' },
  registry: { address: 'zookeeper://127.0.0.1:2181' },
  scan: 'service',
})

/** What an application that `tsubo serve` runs imports: `tsubo/serve`. */
export { type Context, type Duration, defineConfig, type ServeConfig, type ServiceConfig } from './config.js'
export type { Implementation, Start, Stop } from './modules.js'

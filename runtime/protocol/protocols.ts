import { dubbo } from '../wire/dubbo.js'
import { framed } from './framed.js'
import type { Protocol } from './protocol.js'

/** What clients and servers speak where nobody says otherwise, best first: the native protocol and Dubbo's own. */
export function defaultProtocols(): readonly Protocol[] {
  return [framed(), framed({}, dubbo)]
}

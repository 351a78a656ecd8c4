import { describe, expect, it } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { offerKey } from '../../runtime/dispatch.js'
import { serviceKey } from '../../runtime/service-key.js'
import { SecondClient, SecondSkeleton } from '../golden/methods/expected/methods.js'

class Second extends SecondSkeleton {
  prose() {
    return true
  }
}

const name = 'golden.methods.Second'

describe('@group and @version of a contract', () => {
  it.each([
    ['as the contract says', {}, serviceKey(name, 'beijing', '1.2.0')],
    ['as told', { group: 'shanghai', version: '2' }, serviceKey(name, 'shanghai', '2')],
    ['one of the two', { version: '2' }, serviceKey(name, 'beijing', '2')],
    ['taken back', { group: '', version: '' }, serviceKey(name)],
  ])('a client asks for them, and a provider offers them: %s', async (_, told, key) => {
    const asked: Call[] = []
    const fake = {
      invoke: (call: Call) => {
        asked.push(call)
        return Promise.resolve(true)
      },
    }
    expect(await new SecondClient(fake, told).prose()).toBe(true)
    expect(asked.map((call) => call.service)).toEqual([key])
    expect(asked[0]?.service).toBe(key)
    expect(offerKey({ service: new Second(), ...told })).toBe(key)
  })
})

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { Fleet, sealed, textOf, until } from './fleet.ts'
import { type Relay, startRelay } from './relay.ts'

let server: MemcachedServer
let relay: Relay
const fleet = new Fleet()

beforeAll(async () => {
  server = await startMemcached()
})
afterAll(() => server.kill())
beforeEach(async () => {
  fleet.next()
  relay = await startRelay(server.address)
})
afterEach(async () => {
  await fleet.close()
  await relay.close()
})

describe('what a node has answered long ago', () => {
  it('judges nothing that is asked for later', async () => {
    const other = fleet.store([server.address])
    const late = fleet.store([relay.address], { maxStaleness: 500 })
    await other.replace([sealed('k', 'old', { tags: ['t'] })])
    expect(await textOf(late, 'k')).toBe('old')
    // Its copy of the invalidations is too old by now: the next read asks for them.
    await pause(150)
    relay.hold()
    const before = textOf(late, 'k')
    await until(() => relay.kept > 0)
    await other.raise([{ kind: 'tag', tag: 't' }])
    await pause(600)
    const asked = relay.kept
    const after = textOf(late, 'k')
    await until(() => relay.kept > asked)
    relay.letGo()
    expect(await before).toBe('old')
    expect(await after).toBe(undefined)
  })
})

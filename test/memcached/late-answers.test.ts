import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { EVERYTHING } from '../../src/entry/scope.ts'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, memory } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { Fleet, FOREVER, sealed, textOf, until } from './fleet.ts'
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

const numberIn = (payload: Uint8Array | undefined) => payload && Buffer.from(payload).readDoubleLE(0)

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

describe('a count', () => {
  it('does not bring back what was cleared, where that is heard of between its look and its write', async () => {
    const other = fleet.store([server.address])
    const store = fleet.store([relay.address], { maxStaleness: 3_600_000 })
    const count = async () => numberIn((await store.traits.amends!.increment('n', 1, undefined, FOREVER))?.payload)
    expect(await count()).toBe(1)
    expect(await count()).toBe(2)
    await other.raise([EVERYTHING])
    relay.hold()
    const proven = store.traits.shares!.prove('')
    await until(() => relay.kept === 1)
    const counted = count()
    await until(() => relay.kept === 2)
    // The node has another state: it is asked for, and comes together with the number.
    relay.hand(1)
    await until(() => relay.kept === 2)
    relay.letGo()
    await proven
    expect(await counted).toBe(1)
    const [entry] = (await other.read(['n'])).entries
    expect(numberIn(entry?.payload)).toBe(1)
  })

  it('that was given up on and comes late is heard of through a feed', async () => {
    const feed = localFeed()
    const level = (node: string) => memcached({ nodes: [node], prefix: fleet.prefix, feed, timeout: 1000 })
    const levels = (node: string) => [memory(), level(node)]
    const one = createCache<number>({ ttl: '1h', levels: levels(relay.address) })
    const other = createCache<number>({ ttl: '1h', levels: levels(server.address) })
    onTestFinished(async () => void (await Promise.all([one.close(), other.close()])))
    await one.increment('n')
    await until(async () => (await other.get('n')) === 1 && other.peek('n') === 1)
    relay.holdQuestions('ms ')
    await expect(one.increment('n')).rejects.toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
    // That it was given up on is told.
    await until(() => other.peek('n') === undefined)
    expect(await other.get('n')).toBe(1)
    relay.letGo()
    await until(async () => (await other.get('n')) === 2)
    await until(async () => (await one.get('n')) === 2)
  })
})

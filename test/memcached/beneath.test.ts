import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { EVERYTHING, type Scope } from '../../src/entry/scope.ts'
import type { FeedFactory } from '../../src/feeds/feed.ts'
import { createCache } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { idleFollower } from '../coherence/idle-follower.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { Fleet, sealed, textOf } from './fleet.ts'

let servers: MemcachedServer[]
let nodes: string[]

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  nodes = servers.map(({ address }) => address)
})
afterAll(async () => {
  for (const server of servers) await server.kill()
})

/** Nobody hears anything. */
const silent: FeedFactory = () => ({ publish: async () => {}, subscribe: async () => {}, close: async () => {} })

/** Two processes over one ledger, of which they hear everything at once, and Memcached below it. */
function fleet(prefix: string) {
  const server = new SimulatedLedgerServer(systemWorld)
  const above = ledgerLevel(() => server.connect(), { name: 'above', timeout: 10_000, maxStaleness: 3_600_000 })
  const patience = { timeout: 10_000, connectTimeout: 10_000, maxStaleness: 3_600_000 }
  const [a, b] = [1, 2].map(() =>
    createCache<string>({ levels: [above, memcached({ nodes, prefix, feed: silent, ...patience })] }),
  )
  return { server, a: a!, b: b!, close: () => Promise.all([a!.close(), b!.close()]) }
}

const SCOPES: readonly [string, Scope][] = [
  ['a tag', { kind: 'tag', tag: 't' }],
  ['a prefix', { kind: 'prefix', prefix: 'k' }],
  ['everything', EVERYTHING],
]

describe('Memcached beneath another shared level', () => {
  it.each(SCOPES)(
    'brings up nothing that was invalidated with %s, however old its copy of that is',
    async (_, scope) => {
      const { server, a, b, close } = fleet(`beneath-${process.pid}-${scope.kind}`)
      await a.set('k', 'old', { tags: ['t'] })
      server.evict('k')
      // Now this process has a copy of what was invalidated on the node.
      expect(await b.get('k')).toBe('old')
      server.evict('k')
      if (scope.kind === 'tag') await a.invalidateTags(['t'])
      else if (scope.kind === 'prefix') await a.clearPrefix('k')
      else await a.clear()
      expect(await b.get('k')).toBeUndefined()
      expect(await a.get('k')).toBeUndefined()
      await close()
    },
  )

  it('asks with each read only where it is told that what is read goes up', async () => {
    const fleet = new Fleet()
    fleet.next()
    const store = fleet.store(nodes)
    const [plain, carrying] = [false, true].map((carriesOn) => {
      const other = fleet.store(nodes, { maxStaleness: 3_600_000 })
      other.traits.shares!.follow(idleFollower({ carriesOn }))
      return other
    })
    await store.replace([sealed('k', 'old', { tags: ['t'] })])
    expect([await textOf(plain!, 'k'), await textOf(carrying!, 'k')]).toEqual(['old', 'old'])
    await store.raise([{ kind: 'tag', tag: 't' }])
    expect([await textOf(plain!, 'k'), await textOf(carrying!, 'k')]).toEqual(['old', undefined])
    await fleet.close()
  })
})

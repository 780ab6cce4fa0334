import { expect, it } from 'vitest'
import type { MemcachedNode } from '../../src/stores/memcached/memcached-node.ts'
import { ServerStatistics } from '../../src/stores/memcached/server-statistics.ts'

/** A server that answers `stats` with these; proxies that speak the protocol leave some out. */
function node(name: string, stats: Record<string, string>): MemcachedNode {
  return { name, ask: async () => ({ stats: new Map(Object.entries(stats)) }) } as unknown as MemcachedNode
}

it('servers that do not tell everything make no total of it unknown', async () => {
  const told = node('a', { version: '1.6.9', uptime: '7', curr_items: '3' })
  const silent = node('b', { version: '1.6.9', curr_items: '4' })
  const both = await new ServerStatistics([told, silent]).info()
  expect([both.uptime, both.keys]).toEqual([7000, 7])
  const neither = await new ServerStatistics([silent, silent]).info()
  expect([neither.uptime, neither.keys]).toEqual([undefined, 8])
})

import { expect, it } from 'vitest'
import type { Feed, FeedFactory } from '../../src/feeds/feed.ts'
import { createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'

/** Nothing gets through but one's own messages: the process believes that it hears others. */
function deafFeed(): FeedFactory {
  return () => {
    let tell: ((text: string) => void) | undefined
    const feed: Feed = {
      publish: async (text) => tell?.(text),
      subscribe: async ({ message }) => {
        tell = message
      },
      close: async () => undefined,
    }
    return feed
  }
}

it('a read after a token passes level 1 by where only a feed tells what others change', async () => {
  const adapter = new Map<string, unknown>()
  const make = () => createCache({ levels: [memory(), keyv(adapter, { maxStaleness: '1h', feed: deafFeed() })] })
  const writer = make()
  const reader = make()
  await writer.set('a', 'old', { tags: ['t'] })
  expect(await reader.get('a')).toBe('old')
  await writer.set('a', 'new', { tags: ['t'] })
  expect(await reader.get('a')).toBe('old')
  expect(await reader.get('a', { after: writer.token() })).toBe('new')
  expect(await reader.get('a')).toBe('new')
  await writer.invalidateTags(['t'])
  expect(await reader.get('a')).toBe('new')
  expect(await reader.get('a', { after: writer.token() })).toBeUndefined()
  await Promise.all([writer.close(), reader.close()])
})

it('asks and fills the levels that the call names, also where level 1 is passed by', async () => {
  const adapter = new Map<string, unknown>()
  const make = () => createCache({ levels: [memory(), keyv(adapter, { maxStaleness: '1h', feed: deafFeed() })] })
  const writer = make()
  const reader = make()
  const never = () => 'from the source'
  await writer.setMany([
    ['a', 'value'],
    ['b', 'value'],
  ])
  const after = writer.token()
  const far = { after, onlyIfCached: true, levels: { L2: { read: false } } }
  expect(await reader.getOrFetch('a', never, far)).toEqual({ found: false, data: undefined })
  expect(await reader.getOrFetchMany(['a', 'b'], () => [never(), never()], far)).toEqual([
    { found: false, data: undefined },
    { found: false, data: undefined },
  ])
  const near = { after, onlyIfCached: true, levels: { L1: { write: false } } }
  expect((await reader.getOrFetch('a', never, near)).data).toBe('value')
  expect((await reader.getOrFetchMany(['b'], () => [never()], near))[0]!.data).toBe('value')
  expect([reader.peek('a'), reader.peek('b')]).toEqual([undefined, undefined])
  await Promise.all([writer.close(), reader.close()])
})

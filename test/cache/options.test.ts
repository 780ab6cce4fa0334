import { describe, expect, it } from 'vitest'
import {
  createCache,
  found,
  fromAsync,
  fromSync,
  type LevelFactory,
  memory,
  notFound,
  TerraceError,
} from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'

/** What a call throws, or rejects with: its code and its words. */
async function failure(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`
  }
  return 'nothing'
}

describe('wrong options fail at once, with a code and what was expected', () => {
  const wrong: Record<string, [() => unknown, RegExp]> = {
    'a misspelt option': [
      () => createCache({ level: [] } as never),
      /^ERR_OPTION_UNKNOWN createCache: there is no option 'level'. Did you mean 'levels'\?$/,
    ],
    'a misspelt option of a level': [
      () => memory({ maxEntires: 5 } as never),
      /^ERR_OPTION_UNKNOWN memory: there is no option 'maxEntires'. Did you mean 'maxEntries'\?$/,
    ],
    'a misspelt name of a level': [
      () => memory({ nmae: 'x' } as never),
      /^ERR_OPTION_UNKNOWN memory: there is no option 'nmae'. Did you mean 'name'\?$/,
    ],
    'a misspelt policy': [() => memory({ policy: 'siev' as never }), /^ERR_OPTION_INVALID .*policy.*'sieve'/],
    'no options object': [() => createCache('levels' as never), /^ERR_OPTION_INVALID createCache: expected an object/],
    'a level instead of options': [
      () => createCache(memory() as never),
      /^ERR_OPTION_INVALID createCache: expected an object .* \(function\): write createCache\(\{ levels: \[memory\(\)\] \}\)$/,
    ],
    'levels instead of options': [
      () => createCache([memory()] as never),
      /^ERR_OPTION_INVALID createCache: expected an object .* array of 1: write createCache\(\{ levels: \[memory\(\)\] \}\)$/,
    ],
    'a number in quotes': [
      () => memory({ maxEntries: '100' as never }),
      /^ERR_OPTION_INVALID memory: maxEntries: expected a whole number from 1 to \d+, got '100' \(string\): write 100$/,
    ],
    'a duration that is spelt out': [
      () => createCache({ ttl: '10 minutes' as never }),
      /^ERR_OPTION_INVALID createCache: ttl: expected a duration .* got '10 minutes' \(string\): write '10m'$/,
    ],
    'servers instead of options': [
      () => memcached('cache:11211' as never),
      /^ERR_OPTION_INVALID memcached: expected an object .*: write memcached\(\{ nodes: \['host:11211'\] \}\)$/,
    ],
    'a file instead of options': [
      () => disk('cache.db' as never),
      /^ERR_OPTION_INVALID disk: expected an object .*: write disk\(\{ path: 'cache.db' \}\)$/,
    ],
    'a folder instead of a file': [
      () => disk({ path: import.meta.dirname }),
      /^ERR_OPTION_INVALID disk: path: expected a file, not a folder, got '.*: write '.*\/test\/cache\/cache\.db'$/,
    ],
    'a database without a file': [
      () => disk({ path: ':memory:' }),
      /^ERR_OPTION_INVALID disk: path: expected a path in the file system, .*, got ':memory:' .*: write memory\(\) for/,
    ],
    'a URL of a file': [
      () => disk({ path: 'file:///tmp/cache.db?mode=memory' }),
      /^ERR_OPTION_INVALID disk: path: expected a path in .*, no URL, got 'file:.*: write '\/tmp\/cache.db'$/,
    ],
    'a URL of a file beside the program': [() => disk({ path: 'FILE:cache.db' }), /, no URL, .*: write 'cache.db'$/],
    'a URL of no file': [() => disk({ path: 'file::memory:?cache=shared' }), /, no URL, .*: write '.\/cache\/app.db'$/],
    'a name that no file can have': [
      () => disk({ path: '/tmp/a\0b' }),
      /^ERR_OPTION_INVALID disk: path: expected a path without the character NUL, got '\/tmp\/a\\0b' \(string\)$/,
    ],
    'no levels': [
      () => createCache({ levels: [] }),
      /^ERR_OPTION_INVALID createCache: levels: expected an array of 1 to 10 levels, got an empty array$/,
    ],
    'an option of a level': [
      () => createCache({ maxEntries: 100 } as never),
      /^ERR_OPTION_UNKNOWN createCache: there is no option 'maxEntries'. Give it to a level: levels: \[memory\(\{ maxEntries: … \}\)\]$/,
    ],
    'an option of a level, as another cache calls it': [
      () => createCache({ max: 100 } as never),
      /^ERR_OPTION_UNKNOWN createCache: there is no option 'max'. Give it to a level: levels: \[memory\(\{ maxEntries: … \}\)\]$/,
    ],
    'an option of the cache, as another cache calls it': [
      () => createCache({ maxAge: 100 } as never),
      /^ERR_OPTION_UNKNOWN createCache: there is no option 'maxAge'. Did you mean 'ttl'\?$/,
    ],
    'a level without brackets': [
      () => createCache({ levels: memory() as never }),
      /^ERR_OPTION_INVALID createCache: levels: expected an array of levels, got one level: write \[memory\(\)\]/,
    ],
    'eleven levels': [() => createCache({ levels: Array.from({ length: 11 }, () => memory()) }), /^ERR_OPTION_INVALID/],
    'a store instead of a level': [
      () => createCache({ levels: [new Map() as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[0\]: expected a level: memory\(…\).*fromSync.*got \[Map\] \(object\)$/,
    ],
    'a level that was not made': [
      () => createCache({ levels: [memory as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[0\]: expected memory\(\), got memory: call it$/,
    ],
    'a shared level that was not made': [
      () => createCache({ levels: [memory(), redis as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[1\]: expected redis\(…\), got redis: call it$/,
    ],
    'a level over Keyv that was not made': [
      () => createCache({ levels: [memory(), keyv as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[1\]: expected keyv\(…\), got keyv: call it$/,
    ],
    'a level over an object of one’s own that was not made': [
      () => createCache({ levels: [memory(), fromAsync as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[1\]: expected fromAsync\(…\), got fromAsync: call it$/,
    ],
    'a maker of one’s own that fails': [
      () =>
        createCache({
          levels: [
            function redis() {
              throw new TerraceError('ERR_OPTION_INVALID', 'mine')
            },
          ],
        }),
      /^ERR_OPTION_INVALID mine$/,
    ],
    'Memcached without servers': [
      () => memcached(undefined as never),
      /^ERR_OPTION_INVALID memcached: nodes: expected/,
    ],
    'a file without a name': [() => disk({} as never), /^ERR_OPTION_INVALID disk: path: expected a path/],
    'Keyv without an adapter': [
      () => keyv('redis://h' as never),
      /^ERR_ARGUMENT_INVALID keyv: expected a Keyv storage/,
    ],
    'a maker of no level': [
      () => createCache({ levels: [() => ({}) as never] }),
      /^ERR_OPTION_INVALID createCache: levels\[0\]/,
    ],
    'two levels of one name': [
      () => createCache({ levels: [memory({ name: 'm' }), memory({ name: 'm' })] }),
      /^ERR_OPTION_INVALID createCache: levels\[1\]: another level is named 'm' already$/,
    ],
    'a level of another name than L2 by that name': [
      () => createCache({ levels: [memory({ name: 'L2' }), memory()] }),
      /levels\[1\]/,
    ],
    'no duration': [
      () => createCache({ ttl: '10 minutes' as never }),
      /^ERR_OPTION_INVALID createCache: ttl: expected a duration/,
    ],
    'a jitter over 1': [() => createCache({ ttlJitter: 1.5 }), /^ERR_OPTION_INVALID createCache: ttlJitter/],
    'a bad observer': [() => createCache({ observe: 'me' as never }), /^ERR_OPTION_INVALID createCache: observe/],
    'a bad observer later': [() => createCache().on('me' as never), /^ERR_ARGUMENT_INVALID on: expected an observer/],
    'a bad world': [() => createCache({ world: {} as never }), /^ERR_OPTION_INVALID createCache: world/],
    'no store': [
      () => fromSync(null as never),
      /^ERR_ARGUMENT_INVALID fromSync: expected an object with get, set and delete, got null/,
    ],
    'half a store': [() => fromAsync({ get: () => 1 } as never), /^ERR_ARGUMENT_INVALID fromAsync/],
    'a timeout of a synchronous store': [
      () => fromSync(new Map(), { timeout: 5 } as never),
      /^ERR_OPTION_UNKNOWN fromSync: there is no option 'timeout'/,
    ],
    'a timeout of 0': [() => fromAsync(new Map(), { timeout: 0 }), /^ERR_OPTION_INVALID fromAsync: timeout/],
    'no fetcher': [
      () => createCache().getOrFetch('k', 5 as never),
      /^ERR_ARGUMENT_INVALID getOrFetch: expected a fetcher/,
    ],
    'no fetcher of many': [
      () => createCache().getOrFetchMany(['k'], null as never),
      /^ERR_ARGUMENT_INVALID getOrFetchMany/,
    ],
    'a misspelt option of getOrFetch': [
      () => createCache().getOrFetch('k', () => 1, { tll: 5 } as never),
      /^ERR_OPTION_UNKNOWN getOrFetch: there is no option 'tll'. Did you mean 'ttl'\?$/,
    ],
    'null for options': [
      () => createCache().getOrFetch('k', () => 1, null as never),
      /^ERR_OPTION_INVALID getOrFetch: expected/,
    ],
    'a signal that is none': [
      () => createCache().getOrFetch('k', () => 1, { signal: {} as never }),
      /signal: expected an AbortSignal/,
    ],
    'a misspelt option of set': [() => createCache().set('k', 1, { tag: ['x'] } as never), /Did you mean 'tags'\?$/],
    'a negative ttl': [() => createCache().set('k', 1, { ttl: -1 }), /^ERR_OPTION_INVALID set: ttl/],
    'tags that are no list': [
      () => createCache().set('k', 1, { tags: 'x' as never }),
      /^ERR_OPTION_INVALID set: tags: expected an array/,
    ],
    'a tag that is no text': [
      () => createCache().invalidateTags([5 as never]),
      /^ERR_OPTION_INVALID invalidateTags: tags/,
    ],
    'too many tags': [() => found(1, { tags: Array.from({ length: 101 }, String) }), /^ERR_OPTION_INVALID found: tags/],
    'a version that is no number': [() => found(1, { version: Number.NaN }), /^ERR_OPTION_INVALID found: version/],
    'a misspelt option of notFound': [() => notFound({ tll: 5 } as never), /^ERR_OPTION_UNKNOWN notFound/],
    'pairs that are none': [() => createCache().setMany(5 as never), /^ERR_ARGUMENT_INVALID setMany/],
    'a pair that is none': [
      () => createCache().setMany(['ab' as never]),
      /^ERR_ARGUMENT_INVALID setMany: expected \[key, value\]/,
    ],
    'keys that are no list': [
      () => createCache().getMany('k' as never),
      /^ERR_ARGUMENT_INVALID getMany: expected an array of keys/,
    ],
    'a number of keys that is none': [() => createCache().stats({ keys: -1 }), /^ERR_OPTION_INVALID stats: keys/],
    'a bad option of increment': [
      () => createCache().increment('k', 1, { ttl: 'x' as never }),
      /^ERR_OPTION_INVALID increment: ttl/,
    ],
  }

  for (const [name, [call, message]] of Object.entries(wrong)) {
    it(name, async () => {
      expect(await failure(call)).toMatch(message)
    })
  }

  it('a bad option changes nothing', async () => {
    const cache = createCache<number>()
    await cache.set('k', 1)
    await failure(() => cache.set('k', 2, { ttl: -1 }))
    await failure(() => cache.setMany([['j', 2], 'no pair' as never]))
    expect(await cache.getMany(['k', 'j'])).toEqual([1, undefined])
  })
})

describe('defaults', () => {
  it('one memory level, bounded, with the best policy, no ttl', async () => {
    const cache = createCache<number>()
    await cache.setMany(Array.from({ length: 12_000 }, (_, n) => [`k${n}`, n] as const))
    const { levels } = cache.stats()
    expect(levels).toHaveLength(1)
    expect(levels[0]).toMatchObject({ name: 'L1', size: 10_000, evictions: 2_000 })
  })

  it('a level maker can serve several caches: each gets a level of its own', async () => {
    const shared: LevelFactory = memory()
    const [one, two] = [createCache({ levels: [shared] }), createCache({ levels: [shared] })]
    await one.set('k', 1)
    expect(await two.get('k')).toBeUndefined()
  })
})

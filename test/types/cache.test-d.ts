/** What the compiler must infer and must refuse. Never run: `tsc --noEmit` is the test. */
import { expectTypeOf } from 'vitest'
import {
  createCache,
  found,
  fromAsync,
  fromSync,
  type MultiLevelCache,
  memory,
  type notFound,
  type Result,
} from '../../src/index.ts'
import type { Box } from '../../src/remote/box.ts'

interface User {
  readonly name: string
}

declare const user: User
declare function findUser(key: string): Promise<User | undefined>
declare function findNullable(key: string): Promise<User | null>
declare function findMaybe(key: string): Promise<ReturnType<typeof found<User>> | ReturnType<typeof notFound>>

const anything = createCache()
const users = createCache<User>({ levels: [memory<User>({ sizeOf: (value) => value.name.length }), memory()] })

// The value type follows from the fetcher.
expectTypeOf(anything.getOrFetch('k', () => 5)).resolves.toEqualTypeOf<Result<number>>()
expectTypeOf(anything.getOrFetch('k', async () => 'text')).resolves.toEqualTypeOf<Result<string>>()
expectTypeOf(anything.getOrFetch('k', findUser)).resolves.toEqualTypeOf<Result<User>>()
expectTypeOf(anything.getOrFetch('k', findNullable)).resolves.toEqualTypeOf<Result<User | null>>()
expectTypeOf(anything.getOrFetch('k', findMaybe)).resolves.toEqualTypeOf<Result<User>>()
expectTypeOf(anything.getOrFetch('k', () => found(user, { ttl: '1m' }))).resolves.toEqualTypeOf<Result<User>>()
expectTypeOf(anything.getOrFetchMany(['k'], async (keys) => keys.map(() => user))).resolves.toEqualTypeOf<
  Result<User>[]
>()
expectTypeOf(anything.getOrFetchMany(['k'], () => new Map([['k', user]]))).resolves.toEqualTypeOf<Result<User>[]>()

// Also from one that takes its context.
const seen = anything.getOrFetch('k', async (key, { signal }) => ({ key, aborted: signal.aborted }))
expectTypeOf(seen).resolves.toEqualTypeOf<Result<{ key: string; aborted: boolean }>>()
const checked = anything.getOrFetch('k', async (key, { stale, notModified, fail }) => {
  if (stale?.etag === key) return notModified()
  return key === '' ? fail('empty') : found({ key })
})
expectTypeOf(checked).resolves.toEqualTypeOf<Result<{ key: string }>>()
const batch = anything.getOrFetchMany(['k'], (keys, { stale }) => keys.map((key) => stale.has(key)))
expectTypeOf(batch).resolves.toEqualTypeOf<Result<boolean>[]>()
anything.getOrFetch<User>(
  'k',
  (_key, { stale }) => expectTypeOf(stale?.value).toEqualTypeOf<User | undefined>() && user,
)
users.getOrFetch('k', (_key, { stale }) => expectTypeOf(stale?.value).toEqualTypeOf<User | undefined>() && user)

// A value that looks like what `found` and `notFound` make is a value all the same.
declare function findRecord(key: string): Promise<{ readonly ttl: number; readonly address: string }>
declare function findPage(key: string): Promise<{ readonly data: string[]; readonly keep: object }>
expectTypeOf(anything.getOrFetch('k', findRecord)).resolves.toEqualTypeOf<
  Result<{ readonly ttl: number; readonly address: string }>
>()
expectTypeOf(anything.getOrFetch('k', findPage)).resolves.toEqualTypeOf<
  Result<{ readonly data: string[]; readonly keep: object }>
>()

// Or it is given once, for the cache or a namespace.
expectTypeOf(users.get('k')).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(users.peek('k')).toEqualTypeOf<User | undefined>()
expectTypeOf(users.getMany(['k'])).resolves.toEqualTypeOf<(User | undefined)[]>()
expectTypeOf(users.getOrFetch('k', findUser)).resolves.toEqualTypeOf<Result<User>>()
expectTypeOf(anything.namespace<User>('users')).toEqualTypeOf<MultiLevelCache<User>>()
expectTypeOf(users.namespace('more').get('k')).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(anything.get('k')).resolves.toEqualTypeOf<unknown>()

// `found` tells the two outcomes apart.
declare const result: Result<User>
if (result.found) expectTypeOf(result.data).toEqualTypeOf<User>()
else expectTypeOf(result.data).toEqualTypeOf<undefined>()

// Stores of one's own.
createCache({ levels: [fromSync(new Map<string, Box>()), fromAsync(new Map<string, Box>(), { timeout: '2s' })] })

// Numbers are counted where there may be any.
anything.increment('k')
createCache<number>().increment('k', 2)
createCache<string | number>().namespace('n').increment('k')
anything.namespace<number>('counts').increment('k')

// What must not compile.
// @ts-expect-error no number may be under any key
users.increment('k')
// @ts-expect-error a misspelt option
createCache({ level: [memory()] })
// @ts-expect-error a misspelt option of a level
memory({ maxEntires: 5 })
// @ts-expect-error no such policy
memory({ policy: 'lur' })
// @ts-expect-error no such unit
createCache({ ttl: '10 minutes' })
// @ts-expect-error a store is no level
createCache({ levels: [new Map()] })
// @ts-expect-error a value of another type
users.set('k', 5)
// @ts-expect-error a fetcher of another type
users.getOrFetch('k', () => 5)
// @ts-expect-error keys are strings
users.get(5)
// @ts-expect-error a misspelt option of a call
users.set('k', user, { tag: ['x'] })
// @ts-expect-error half a store
fromSync({ get: () => 1 })
// @ts-expect-error a synchronous store needs no deadline
fromSync(new Map(), { timeout: 5 })
// @ts-expect-error what is spread over a time keeps nothing stale
users.clear({ keepStale: true, over: '1m' })
const sometime = { over: undefined as '1m' | undefined, floor: true }
users.clear(sometime)
const perhaps = { keepStale: true as boolean }
users.invalidateTags(['t'], perhaps)

/** What the compiler must infer of wrapped code, and must refuse. Never run: `tsc --noEmit` is the test. */
import { expectTypeOf } from 'vitest'
import {
  cached,
  createCache,
  type Fetcher,
  found,
  gathered,
  invalidates,
  invalidating,
  notFound,
} from '../../src/index.ts'

interface User {
  readonly id: number
  readonly name: string
}

const cache = createCache()
const users = createCache<User>()
const numbers = createCache<number>()
declare const user: User
declare function fetchUser(id: number, options?: { readonly signal?: AbortSignal }): Promise<User | undefined>
declare function fetchAll(tenant: string): User[]
declare function save(this: { readonly tenant: string }, user: User): Promise<boolean>

// Arguments and result follow from the function.
const getUser = cache.wrap(fetchUser, {
  key: (id, options) => {
    expectTypeOf(id).toEqualTypeOf<number>()
    expectTypeOf(options).toEqualTypeOf<{ readonly signal?: AbortSignal } | undefined>()
    return `user:${id}`
  },
  tags: ([id], result) => {
    expectTypeOf(id).toEqualTypeOf<number>()
    expectTypeOf(result).toEqualTypeOf<User>()
    return [result.name]
  },
  signal: (_, options) => options?.signal,
  pass: ({ signal }, id) => [id, { signal }],
  ttl: '5m',
  staleFor: '1h',
})
expectTypeOf<Parameters<typeof getUser>>().toEqualTypeOf<Parameters<typeof fetchUser>>()
expectTypeOf(getUser(1)).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(getUser.peek(1)).toEqualTypeOf<User | undefined>()
expectTypeOf(getUser.refresh(1)).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(getUser.key(1)).toEqualTypeOf<string>()
expectTypeOf(cache.wrap(fetchAll)('a')).resolves.toEqualTypeOf<User[]>()
expectTypeOf(cache.wrap(save).call({ tenant: 'a' }, user)).resolves.toEqualTypeOf<boolean>()

// What a function says with found() and notFound() is not in its result.
const worded = cache.wrap(async (id: number) => (id > 0 ? found(user, { ttl: '1m' }) : notFound()), { name: 'worded' })
expectTypeOf(worded(1)).resolves.toEqualTypeOf<User | undefined>()

// Invalidating leaves the function what it is.
const rename = invalidating(cache, async (id: number, name: string) => ({ id, name }), {
  keys: ([id, name], result) => {
    expectTypeOf(name).toEqualTypeOf<string>()
    expectTypeOf(result).toEqualTypeOf<{ id: number; name: string }>()
    return [getUser.key(id)]
  },
})
expectTypeOf(rename).toEqualTypeOf<(this: unknown, id: number, name: string) => Promise<{ id: number; name: string }>>()

expectTypeOf(gathered((keys) => keys.map(() => user))).toEqualTypeOf<Fetcher<User>>()
expectTypeOf(gathered((keys) => keys.map((key) => (key === '' ? new Error('no key') : key.length)))).toEqualTypeOf<
  Fetcher<number>
>()

const through = users.through({
  read: () => user,
  write: (entries) => void expectTypeOf(entries[0]![1]).toEqualTypeOf<User>(),
})
expectTypeOf(through.get('1')).resolves.toEqualTypeOf<User | undefined>()

// The type of the values follows from what is read, also where the context is used.
const inferred = cache.through({
  read: (key, { signal }) => fetchUser(key.length, { signal }),
  write: (entries) => void expectTypeOf(entries[0]![1]).toEqualTypeOf<User>(),
})
expectTypeOf(inferred.get('1')).resolves.toEqualTypeOf<User | undefined>()

// What must not compile.
// @ts-expect-error an argument of another type
getUser('1')
// @ts-expect-error a key function of other parameters
cache.wrap(fetchUser, { key: (id: string) => id })
// @ts-expect-error a key that is no string
cache.wrap(fetchUser, { key: (id) => id })
// @ts-expect-error a misspelt option
cache.wrap(fetchUser, { tll: '5m' })
// @ts-expect-error results of another type than the cache holds
users.wrap(() => 5, { name: 'five' })
// @ts-expect-error `this` is missing
cache.wrap(save)(user)
// @ts-expect-error a value of another type
through.set('1', 5)
// @ts-expect-error a source that cannot be written
users.through({ read: () => user })

// The key functions of decorators are those of the method's parameters. (They are used in test/wrapping.)
declare const context: ClassMethodDecoratorContext<unknown, (this: unknown, id: number, more: string) => Promise<User>>
declare function method(this: unknown, id: number, more: string): Promise<User>
cached(cache, { key: (id: number) => `${id}` })(method, context)
cached(cache, { tags: (_: [], result: User) => [result.name] })(method, context)
cached(cache)(method, context)
invalidates(cache, { keys: ([id]: [id: number]) => [`${id}`] })(method, context)
// @ts-expect-error a key function of other parameters
cached(cache, { key: (id: string) => id })(method, context)
// @ts-expect-error tags of another result
cached(cache, { tags: (_: [], result: { readonly age: number }) => [`${result.age}`] })(method, context)
// The method's results are values of the cache.
cached(users, { key: (id: number) => `${id}` })(method, context)
// @ts-expect-error results of another type than the cache holds
cached(numbers, { key: (id: number) => `${id}` })(method, context)
// @ts-expect-error the same where the cache is found in the instance
cached(() => numbers)(method, context)
// @ts-expect-error keys of other parameters
invalidates(cache, { keys: ([id]: [id: string]) => [id] })(method, context)

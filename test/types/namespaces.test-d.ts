/** What the compiler must infer of namespaces, and must refuse. Never run: `tsc --noEmit` is the test. */
import { expectTypeOf } from 'vitest'
import { createCache, type MultiLevelCache, type StandardSchema } from '../../src/index.ts'

interface User {
  readonly name: string
}

declare const userSchema: StandardSchema<unknown, User>
/** From texts. */
declare const dateSchema: StandardSchema<string, Date>

const cache = createCache()

expectTypeOf(cache.namespace('users')).toEqualTypeOf<MultiLevelCache<unknown>>()
expectTypeOf(cache.namespace('users', { ttl: '1m' })).toEqualTypeOf<MultiLevelCache<unknown>>()
expectTypeOf(cache.namespace<User>('users')).toEqualTypeOf<MultiLevelCache<User>>()
expectTypeOf(cache.namespace<User>('users', { ttl: '1m' })).toEqualTypeOf<MultiLevelCache<User>>()

// The value type follows from what the schema makes.
expectTypeOf(cache.namespace('users', { schema: userSchema })).toEqualTypeOf<MultiLevelCache<User>>()
expectTypeOf(cache.namespace('dates', { schema: dateSchema, checks: 'all' })).toEqualTypeOf<MultiLevelCache<Date>>()
expectTypeOf(cache.namespace<User>('users', { schema: userSchema }).get('1')).resolves.toEqualTypeOf<User | undefined>()
// Of a typed cache, where nothing else is said, that of the cache.
expectTypeOf(createCache<User>().namespace('users', { ttl: 5 })).toEqualTypeOf<MultiLevelCache<User>>()

// What must not compile.
// @ts-expect-error a schema of another type
cache.namespace<User>('users', { schema: dateSchema })
// @ts-expect-error a misspelt option
cache.namespace('users', { tll: '1m' })
// @ts-expect-error no such check
cache.namespace('users', { schema: userSchema, checks: 'write' })
// @ts-expect-error no schema
cache.namespace('users', { schema: { parse: (value: unknown) => value } })
// @ts-expect-error a value of another type
cache.namespace('users', { schema: userSchema }).set('1', 5)

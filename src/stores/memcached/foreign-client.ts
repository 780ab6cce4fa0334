import { shown, TerraceError } from '../../errors.ts'

/**
 * A Memcached client by its shape, that of memjs: calls give promises, ends are seconds from now (or, above
 * 30 days, since 1970; 0 for never).
 */
export interface MemcachedClient {
  /** The value or `{ value }`; `null` or `undefined` where there is none. */
  get(key: string): PromiseLike<unknown>
  /** `false` where it was not taken. */
  set(key: string, value: string, options: { readonly expires: number }): PromiseLike<unknown>
  delete(key: string): PromiseLike<unknown>
}

/** Text by name, with ends in milliseconds from now. */
interface TextStorage {
  get(name: string): Promise<string | undefined>
  set(name: string, text: string, left?: number): Promise<unknown>
  delete(name: string): Promise<unknown>
}

/** Above this Memcached takes a number of seconds for a moment since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 3600
const LAST_MOMENT = 2 ** 31 - 1

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if it has not the methods */
export function checkClient(client: unknown): MemcachedClient {
  const given = client as Record<string, unknown> | null | undefined
  const isClient =
    typeof given === 'object' &&
    given !== null &&
    [given.get, given.set, given.delete].every((verb) => typeof verb === 'function')
  if (isClient) return client as MemcachedClient
  throw new TerraceError(
    'ERR_ARGUMENT_INVALID',
    `memcached: client: expected an object with get, set and delete, such as a client of memjs, got ${shown(client)}`,
  )
}

/** What a client of Memcached keeps, as text by name. @param wall the wall clock, in milliseconds */
export function textsOf(client: MemcachedClient, wall: () => number): TextStorage {
  return {
    async get(name) {
      const answer = await client.get(name)
      const held = isWrapped(answer) ? answer.value : answer
      if (typeof held === 'string') return held
      return held instanceof Uint8Array
        ? Buffer.from(held.buffer, held.byteOffset, held.byteLength).toString()
        : undefined
    },
    set: async (name, text, left) => client.set(name, text, { expires: expiration(left, wall()) }),
    delete: async (name) => client.delete(name),
  }
}

function isWrapped(answer: unknown): answer is { readonly value: unknown } {
  return typeof answer === 'object' && answer !== null && !(answer instanceof Uint8Array) && 'value' in answer
}

function expiration(left: number | undefined, now: number): number {
  if (left === undefined) return 0
  // Memcached may end an item a second early.
  const seconds = Math.ceil(left / 1000) + 1
  if (seconds <= LONGEST_RELATIVE) return seconds
  const moment = Math.ceil(now / 1000) + seconds
  return moment <= LAST_MOMENT ? moment : 0
}

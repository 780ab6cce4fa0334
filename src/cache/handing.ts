import type { Entry } from '../entry/entry.ts'
import { heldIn } from '../entry/held.ts'
import type { Parts } from './parts.ts'

/**
 * What a flight has brought, for one of those who have waited for it: of all of them, where level 1 hands out copies,
 * each gets one of his own.
 */
export function handed({ levels }: Parts, entry: Entry | undefined): unknown {
  const { copies } = levels[0]!.traits
  const held = heldIn(entry)
  return copies === undefined ? held : copies.copy(held)
}

/** What is there for one caller under each of these keys, in their order. Where level 1 hands out copies, a key that is named twice gets two. */
export function inOrder({ levels }: Parts, keys: readonly string[], held: ReadonlyMap<string, unknown>): unknown[] {
  const { copies } = levels[0]!.traits
  if (copies === undefined || held.size === keys.length) return keys.map((key) => held.get(key))
  const given = new Set<string>()
  return keys.map((key) => {
    const first = held.get(key)
    if (given.has(key)) return copies.copy(first)
    given.add(key)
    return first
  })
}

/** What a call comes to; the reason of its caller's signal as soon as that aborts, whatever the call is waiting for. */
export function unlessAborted<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  if (signal === undefined) return call()
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    call()
      .finally(() => signal.removeEventListener('abort', leave))
      .then(resolve, reject)
  })
}

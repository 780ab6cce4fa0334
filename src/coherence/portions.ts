import type { Scope } from '../entry/scope.ts'
import type { Sealed } from '../stores/store.ts'

/** How much goes into one step: items, bytes of payload, characters of names. A store does nothing else meanwhile. */
const MOST = 64
const MOST_BYTES = 2 ** 20
/** The store remembers the names of a thousand steps. */
const MOST_NAMES = 8192
/** Characters of a prefix that a store is told. */
const LONGEST_PREFIX = 1000

/** What part of a step an item takes up, above 0; what is above 1 makes a step of its own. */
export type Share<A> = (item: A) => number

/** Cuts items into portions that are at most full, in their order. An item too large for any is one by itself. */
export function portions<A>(items: readonly A[], share: Share<A>): (readonly A[])[] {
  const cut: (readonly A[])[] = []
  let from = 0
  let filled = 0
  for (let n = 0; n < items.length; n++) {
    const part = share(items[n]!)
    if (n > from && filled + part > 1) {
      cut.push(items.slice(from, n))
      from = n
      filled = 0
    }
    filled += part
  }
  if (from === 0) return items.length === 0 ? [] : [items]
  cut.push(items.slice(from))
  return cut
}

/** What part of a step a key takes up. */
export function shareOfKey(key: string): number {
  return Math.max(1 / MOST, key.length / MOST_NAMES)
}

/** What part of a step an entry takes up. */
export function shareOfEntry({ key, payload }: Sealed): number {
  return Math.max(shareOfKey(key), payload.length / MOST_BYTES)
}

/** What part of a step a scope takes up. */
export function shareOfScope(scope: Scope): number {
  switch (scope.kind) {
    case 'key':
      return shareOfKey(scope.key)
    case 'prefix':
      return shareOfKey(scope.prefix)
    case 'tag':
      return shareOfKey(scope.tag)
    case 'all':
      return 1 / MOST
  }
}

/** A long prefix is remembered by what it begins with, which covers more. */
export function shortScope(scope: Scope): Scope {
  if (scope.kind !== 'prefix' || scope.prefix.length <= LONGEST_PREFIX) return scope
  return { ...scope, prefix: scope.prefix.slice(0, LONGEST_PREFIX) }
}

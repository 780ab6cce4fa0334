/**
 * What an invalidation covers: one key, all keys that start alike, all entries with a tag, everything.
 *
 * With `keepsStale` it only ends the freshness of what it covers: copies that could be served stale later are so
 * from now on, all others are gone. Whoever knows nothing of that may take it for the invalidation without.
 */
export type Scope =
  | {
      readonly kind: 'key'
      readonly key: string
      /** Only the end of the entry was moved: copies of it are out of date, the entry itself is not. */
      readonly moved?: true
    }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly keepsStale?: true }
  | { readonly kind: 'tag'; readonly tag: string; readonly keepsStale?: true }
  | { readonly kind: 'all'; readonly keepsStale?: true }

/** One key. */
export type KeyScope = Extract<Scope, { readonly kind: 'key' }>

export const EVERYTHING: Scope = Object.freeze({ kind: 'all' })

export function keyScope(key: string): KeyScope {
  return { kind: 'key', key }
}

/** One key whose entry got another end. */
export function movedScope(key: string): KeyScope {
  return { kind: 'key', key, moved: true }
}

/** Whether the scope leaves what can be served stale. */
export function keepsStale(scope: Scope): boolean {
  return scope.kind !== 'key' && scope.keepsStale === true
}

/** The same scope that leaves what can be served stale. Of a key there is none. */
export function softened(scope: Scope): Scope {
  return scope.kind === 'key' ? scope : { ...scope, keepsStale: true }
}

/** The same scope that leaves nothing. */
export function hardened(scope: Scope): Scope {
  if (!keepsStale(scope)) return scope
  if (scope.kind === 'tag') return { kind: 'tag', tag: scope.tag }
  return scope.kind === 'prefix' ? { kind: 'prefix', prefix: scope.prefix } : EVERYTHING
}

/** A string that names the scope: the same for equal scopes, different for different ones. */
export function scopeId(scope: Scope): string {
  return keepsStale(scope) ? `stale ${placeId(scope)}` : placeId(scope)
}

/** A string that names what the scope covers, whatever it leaves there. */
export function placeId(scope: Scope): string {
  switch (scope.kind) {
    case 'key':
      return `key:${scope.key}`
    case 'prefix':
      return `prefix:${scope.prefix}`
    case 'tag':
      return `tag:${scope.tag}`
    case 'all':
      return 'all'
  }
}

/** What an invalidation covers: one key, all keys that start alike, all entries with a tag, everything. */
export type Scope =
  | {
      readonly kind: 'key'
      readonly key: string
      /** Only the end of the entry was moved: copies of it are out of date, the entry itself is not. */
      readonly moved?: true
    }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' }

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

/** A string that names the scope: the same for equal scopes, different for different ones. */
export function scopeId(scope: Scope): string {
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

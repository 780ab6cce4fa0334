/** A number that may be untold. */
export type Told = number | null

/** A key, at most 1,000 characters of it. */
export interface KeyText {
  readonly key: string
  /** Its length, where it was cut off: such a key cannot be asked for. */
  readonly cut?: number
}

/** What an invalidation covers; with `keepsStale` it left what can be served stale. */
export type ScopeText =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly keepsStale?: true }
  | { readonly kind: 'tag'; readonly tag: string; readonly keepsStale?: true }
  | { readonly kind: 'all'; readonly keepsStale?: true }

/** What can be asked to be invalidated: besides those a namespace, `users` or `users:posts`, in every version of the code. */
export type AskedScope = ScopeText | { readonly kind: 'namespace'; readonly namespace: string }

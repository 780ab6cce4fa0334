/**
 * What the cache asks `util.types` of Node, answered for a page. A script cannot tell a proxy from its
 * target; values typed into the playground are text, so that there are none.
 */
export const types = {
  isProxy: (): boolean => false,
  isMap: (value: unknown): boolean => value instanceof Map,
  isSet: (value: unknown): boolean => value instanceof Set,
  isDate: (value: unknown): boolean => value instanceof Date,
  isNativeError: (value: unknown): boolean => value instanceof Error,
  isAnyArrayBuffer: (value: unknown): boolean => value instanceof ArrayBuffer,
}

/** For the same reason what is equal is the same: text has no structure. */
export const isDeepStrictEqual = (a: unknown, b: unknown): boolean => Object.is(a, b)

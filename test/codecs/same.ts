import { types } from 'node:util'

/**
 * Whether two values are the same, more strictly than `isDeepStrictEqual`: prototypes, holes, the
 * order of members, which objects are one and the same, and all that an error has. However deep.
 */
export function isSame(first: unknown, second: unknown): boolean {
  const pairs = new Map<object, object>()
  const open: [unknown, unknown][] = [[first, second]]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
      if (!Object.is(a, b)) return false
      continue
    }
    const known = pairs.get(a)
    if (known !== undefined) {
      if (known !== b) return false
      continue
    }
    pairs.set(a, b)
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
    const [inA, inB] = [partsOf(a), partsOf(b)]
    if (inA.length !== inB.length) return false
    for (let i = 0; i < inA.length; i++) open.push([inA[i], inB[i]])
  }
  return true
}

/** All that makes a value what it is, besides its prototype. */
function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)]
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [value.source, value.flags]
  if (value instanceof Map) return [...value].flat()
  if (value instanceof Set) return [...value]
  const names = types.isNativeError(value) ? Object.getOwnPropertyNames(value).sort() : Object.keys(value)
  const members = names.map((name) => (value as Record<string, unknown>)[name])
  return [Array.isArray(value) ? value.length : undefined, ...names, ...members]
}

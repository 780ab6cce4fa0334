import { createHash } from 'node:crypto'
import { storedKey } from '../entry/key-text.ts'

/**
 * What the floor of a key is called in a store: the key as text or, where it has more than `longest`
 * characters, a hash of it. `storedKey` never begins with DLE and a `#`, so no key is called like the hash of another.
 */
export function floorName(key: string, longest: number): string {
  const text = storedKey(key)
  return key.length <= longest ? text : `\u0010#${createHash('sha256').update(text).digest('base64url')}`
}

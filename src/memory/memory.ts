import type { LevelFactory } from '../level.ts'
import { MemoryLevel } from './memory-level.ts'
import { type MemoryOptions, readMemoryOptions } from './memory-options.ts'
import { ProtectedLevel } from './protected-level.ts'

/**
 * A level in this process's memory. `ttl` caps what the cache asks for: nothing stays longer.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memory<V = unknown>(options: MemoryOptions<V> = {}): LevelFactory {
  const { protect, ...makings } = readMemoryOptions(options)
  return (context) => {
    const level = new MemoryLevel(context, makings)
    return protect === undefined ? level : new ProtectedLevel(level, protect, context)
  }
}

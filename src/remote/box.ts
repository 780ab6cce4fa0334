import { remaining } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import { DAWN, type Era } from '../entry/era.ts'
import type { World } from '../world/world.ts'

/**
 * What lies in a store of your own under a key: the value, and what must be known to serve it.
 * Plain data: if the value survives `JSON`, so does the box.
 */
export interface Box {
  /** The format of the box. */
  readonly terrace: 1
  /** Which process wrote it, by a name made anew each time a cache is: eras of another one mean nothing here. */
  readonly reign: string
  readonly found: boolean
  readonly value?: unknown
  readonly born: Era
  /** Monotonic milliseconds, for the process that wrote it; `null` for no deadline. */
  readonly deadline: number | null
  /** Wall-clock milliseconds, for every other process; `null` for no deadline. */
  readonly until: number | null
  readonly tags: readonly string[]
  readonly version?: number
}

/** Puts entries into boxes and takes them out again, for one level of one process. */
export class Boxes {
  readonly #world: World
  readonly #reign: string

  constructor(world: World) {
    this.#world = world
    this.#reign = `${world.wall().toString(36)}-${Math.floor(world.random() * 2 ** 52).toString(36)}`
  }

  pack(entry: Entry): Box {
    const left = remaining(entry, this.#world.tick())
    const lasts = left === Number.POSITIVE_INFINITY
    return {
      terrace: 1,
      reign: this.#reign,
      found: entry.found,
      ...(entry.found ? { value: entry.value } : {}),
      born: entry.born,
      deadline: lasts ? null : entry.deadline,
      until: lasts ? null : this.#world.wall() + left,
      tags: entry.tags,
      ...(entry.version === undefined ? {} : { version: entry.version }),
    }
  }

  /**
   * The entry in a box; `undefined` for anything that is no box. One from another process is born at
   * the dawn: every invalidation since this process began stands against it.
   */
  unpack(key: string, box: unknown): Entry | undefined {
    if (!isBox(box)) return undefined
    const { found, value, tags, version } = box
    const own = box.reign === this.#reign
    return { key, found, value, born: own ? box.born : DAWN, deadline: this.#deadline(box, own), tags, version }
  }

  #deadline({ deadline, until }: Box, own: boolean): number {
    if (own) return deadline ?? Number.POSITIVE_INFINITY
    return until === null ? Number.POSITIVE_INFINITY : this.#world.tick() + until - this.#world.wall()
  }
}

function isBox(value: unknown): value is Box {
  if (typeof value !== 'object' || value === null) return false
  const box = value as Record<string, unknown>
  return (
    box.terrace === 1 &&
    typeof box.reign === 'string' &&
    typeof box.found === 'boolean' &&
    box.found === (box.value !== undefined) &&
    typeof box.born === 'number' &&
    isTime(box.deadline) &&
    isTime(box.until) &&
    Array.isArray(box.tags) &&
    box.tags.every((tag) => typeof tag === 'string') &&
    (box.version === undefined || typeof box.version === 'number')
  )
}

function isTime(value: unknown): boolean {
  return value === null || Number.isFinite(value)
}

import { remaining } from '../entry/age.ts'
import { type Entry, Fact } from '../entry/entry.ts'
import { DAWN, type Era } from '../entry/era.ts'
import { isValidator, Upkeep, upkeepHere, upkeepWithin } from '../entry/upkeep.ts'
import type { World } from '../world/world.ts'

/**
 * What lies in a store of your own under a key: the value, and what must be known to serve it.
 * Plain data: if the value survives `JSON`, so does the box.
 */
export interface Box {
  /** The format of the box: 2 with an upkeep. Earlier versions of Terrace take what is stale for fresh, and do not read that. */
  readonly terrace: 1 | 2
  /** Which process wrote it, by a name made anew each time a cache is: eras of another one mean nothing here. */
  readonly reign: string
  /** `false`: the key is known to have no value. */
  readonly found: boolean
  readonly value?: unknown
  /** As `reign` counts. */
  readonly born: Era
  /** Monotonic milliseconds, for the process that wrote it; `null` for no deadline. */
  readonly deadline: number | null
  /** Wall-clock milliseconds, for every other process; `null` for no deadline. */
  readonly until: number | null
  readonly tags: readonly string[]
  readonly version?: number
  readonly upkeep?: BoxedUpkeep
}

/** How the value is kept fresh: see `Upkeep`. */
export interface BoxedUpkeep {
  /** By how many milliseconds the wall clock was ahead of the monotonic one, of which the other times are, where it was written. */
  readonly ahead: number
  readonly since: number
  /** `null` for never. */
  readonly due: number | null
  /** `null` for always. */
  readonly freshUntil: number | null
  readonly etag?: string
  readonly lastModified?: string
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
    const now = this.#world.tick()
    const left = remaining(entry, now)
    const lasts = left === Number.POSITIVE_INFINITY
    const { upkeep } = entry
    return {
      terrace: upkeep === undefined ? 1 : 2,
      reign: this.#reign,
      found: entry.found,
      ...(entry.found ? { value: entry.value } : {}),
      born: entry.born,
      deadline: lasts ? null : entry.deadline,
      until: lasts ? null : this.#world.wall() + left,
      tags: entry.tags,
      ...(entry.version === undefined ? {} : { version: entry.version }),
      ...(upkeep === undefined ? {} : { upkeep: boxedUpkeep(upkeep, this.#world.wall() - now) }),
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
    const deadline = this.#deadline(box, own)
    const upkeep = box.upkeep && upkeepWithin(this.#upkeep(box.upkeep, own), deadline, this.#world.tick())
    return new Fact(key, found, value, own ? box.born : DAWN, deadline, tags, version, upkeep)
  }

  #upkeep({ ahead, since, due, freshUntil, etag, lastModified }: BoxedUpkeep, own: boolean): Upkeep {
    const never = Number.POSITIVE_INFINITY
    const there = new Upkeep(since, due ?? never, freshUntil ?? never, etag, lastModified)
    return own ? there : upkeepHere(there, this.#world.wall() - this.#world.tick() - ahead)
  }

  #deadline({ deadline, until }: Box, own: boolean): number {
    if (own) return deadline ?? Number.POSITIVE_INFINITY
    return until === null ? Number.POSITIVE_INFINITY : this.#world.tick() + until - this.#world.wall()
  }
}

function boxedUpkeep({ since, due, freshUntil, etag, lastModified }: Upkeep, ahead: number): BoxedUpkeep {
  return {
    ahead,
    since,
    due: Number.isFinite(due) ? due : null,
    freshUntil: Number.isFinite(freshUntil) ? freshUntil : null,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  }
}

function isBox(value: unknown): value is Box {
  if (typeof value !== 'object' || value === null) return false
  const box = value as Record<string, unknown>
  return (
    (box.upkeep === undefined ? box.terrace === 1 : box.terrace === 2 && isUpkeep(box.upkeep)) &&
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

function isUpkeep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { ahead, since, due, freshUntil, etag, lastModified } = value as Record<string, unknown>
  return (
    Number.isFinite(ahead) &&
    Number.isFinite(since) &&
    isTime(due) &&
    isTime(freshUntil) &&
    isValidator(etag) &&
    isValidator(lastModified)
  )
}

function isTime(value: unknown): boolean {
  return value === null || Number.isFinite(value)
}

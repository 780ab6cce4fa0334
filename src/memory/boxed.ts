import { types } from 'node:util'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'

/** An entry that has more to it than a value and an end: tags, a version, or no value. */
export class Boxed implements Entry {
  readonly key: string
  readonly found: boolean
  readonly value: unknown
  readonly born: Era
  readonly deadline: number
  readonly tags: readonly string[]
  readonly version: number | undefined

  constructor({ key, found, value, born, deadline, tags, version }: Entry) {
    this.key = key
    this.found = found
    this.value = value
    this.born = born
    this.deadline = deadline
    this.tags = tags
    this.version = version
  }
}

/** What the engine is given to hold. A proxy cannot be asked whether it is {@link Boxed} without asking its owner's code. */
export function packed(entry: Entry): unknown {
  const isBare = entry.found && entry.tags.length === 0 && entry.version === undefined
  return isBare && !types.isProxy(entry.value) ? entry.value : new Boxed(entry)
}

/** The value in what the engine holds. */
export function unpacked(held: unknown): unknown {
  return held instanceof Boxed ? held.value : held
}

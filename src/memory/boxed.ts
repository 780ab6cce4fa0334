import { types } from 'node:util'
import { type Entry, Fact } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { ABSENT } from '../entry/held.ts'

/** An entry that has more to it than a value and an end: tags, a version, an upkeep, or no value. */
export class Boxed extends Fact {
  /** The era up to which it is known that no floor covers it. */
  judgedAt: Era
  /** From when on it is no answer any more: it is due, stale or dead. */
  readonly due: number
  /** What is answered until then. */
  readonly answer: unknown

  constructor({ key, found, value, born, deadline, tags, version, upkeep }: Entry) {
    super(key, found, value, born, deadline, tags, version, upkeep)
    this.judgedAt = born
    this.due = upkeep === undefined ? deadline : Math.min(deadline, upkeep.due)
    this.answer = found ? value : ABSENT
  }
}

/** What the engine is given to hold. A proxy cannot be asked whether it is {@link Boxed} without asking its owner's code. */
export function packed(entry: Entry): unknown {
  const isPlain = entry.tags.length === 0 && entry.version === undefined && entry.upkeep === undefined
  return entry.found && isPlain && !types.isProxy(entry.value) ? entry.value : new Boxed(entry)
}

/** Whether the engine holds that there is nothing under a key. */
export function isNegative(held: unknown): boolean {
  return held instanceof Boxed && !held.found
}

/** The value in what the engine holds. */
export function unpacked(held: unknown): unknown {
  return held instanceof Boxed ? held.value : held
}

import type { Scope } from '../entry/scope.ts'

const NOTHING: readonly Promise<void>[] = []

/** Writes that go side by side as far as one name is concerned: none of them waits for another. */
class Group {
  readonly isRemoval: boolean
  /** The ends of those before, for which all members wait. */
  readonly after: readonly Promise<void>[]
  /** Nobody may join any more. */
  isClosed = false
  #members = 0
  #end: PromiseWithResolvers<void> | undefined

  constructor(isRemoval: boolean, after: readonly Promise<void>[]) {
    this.isRemoval = isRemoval
    this.after = after
  }

  /** Resolves when all members have ended. Most groups have nobody who waits for that. */
  get over(): Promise<void> {
    this.#end ??= Promise.withResolvers()
    return this.#end.promise
  }

  join(): void {
    this.#members++
  }

  /** @returns whether this was the last member */
  leave(): boolean {
    if (--this.#members > 0) return false
    this.#end?.resolve()
    return true
  }
}

/** The last group of each name, while it is under way. */
type Line = Map<string, Group>

/** What one write waits for, and where others see that it is under way. */
class Turn {
  readonly #after = new Set<Promise<void>>()
  readonly #places: { readonly line: Line; readonly name: string; readonly group: Group }[] = []

  waitFor(ends: readonly Promise<void>[]): void {
    for (const end of ends) this.#after.add(end)
  }

  /** Joins the last group of a name if it is of the same kind and open, else begins one that waits for `before`. */
  join(
    line: Line,
    name: string,
    isRemoval: boolean,
    before: (last: Group | undefined) => readonly Promise<void>[],
  ): Group {
    let group = line.get(name)
    if (group === undefined || group.isRemoval !== isRemoval || group.isClosed) {
      group = new Group(isRemoval, before(group))
      line.set(name, group)
    }
    group.join()
    this.waitFor(group.after)
    this.#places.push({ line, name, group })
    return group
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#after.size === 0 ? work() : Promise.all(this.#after).then(work)
    const leave = (): void => {
      for (const { line, name, group } of this.#places) {
        if (group.leave() && line.get(name) === group) line.delete(name)
      }
    }
    done.then(leave, leave)
    return done
  }
}

/**
 * The order of writes, as weak as it may be. A write either *puts* values under keys, or *removes* what
 * its scopes cover. Two that touch the same value go one after the other, through all levels, in the
 * order of their calls: two that put something under the same key; one that puts and one that removes,
 * where a scope of the latter covers a key or a tag of the former. Without that, two writes that take
 * different times in different levels would leave the levels with different winners.
 *
 * All others go side by side, above all removals: whatever their order, what any of them covers is
 * gone. A write that has nobody to wait for begins at once, within the call.
 *
 * Holds a group for each key, tag and prefix, only while a write of it is under way. Cost: O(names of
 * the write); with a prefix O(keys under way), with a key O(prefixes under way).
 */
export class Turns {
  readonly #keys: Line = new Map()
  readonly #tags: Line = new Map()
  /** Under one name: values whose tags nobody knows before, and removals of any tag. */
  readonly #anyTag: Line = new Map()
  /** Removals only; each is closed by the first value under it that has to wait. */
  readonly #prefixes: Line = new Map()

  /** Runs `work`, which puts values with these tags under these keys; `undefined`: nobody knows the tags before. */
  put<T>(keys: readonly string[], tags: readonly string[] | undefined, work: () => Promise<T>): Promise<T> {
    const turn = new Turn()
    for (const [prefix, group] of this.#prefixes) {
      if (!keys.some((key) => key.startsWith(prefix))) continue
      group.isClosed = true
      turn.waitFor([group.over])
    }
    for (const key of new Set(keys)) turn.join(this.#keys, key, false, endOf).isClosed = true
    if (tags === undefined) turn.join(this.#anyTag, '', false, endOf)
    else for (const tag of tags) turn.join(this.#tags, tag, false, endOf)
    return turn.run(work)
  }

  /** Runs `work`, which removes everything that these scopes cover. */
  remove<T>(scopes: readonly Scope[], work: () => Promise<T>): Promise<T> {
    const turn = new Turn()
    for (const scope of scopes) {
      if (scope.kind === 'key') turn.join(this.#keys, scope.key, true, endOf)
      else if (scope.kind === 'tag') {
        turn.join(this.#tags, scope.tag, true, endOf)
        turn.join(this.#anyTag, '', true, endOf)
      } else {
        const prefix = scope.kind === 'prefix' ? scope.prefix : ''
        turn.join(this.#prefixes, prefix, true, () => this.#under(prefix))
      }
    }
    return turn.run(work)
  }

  /** Settles when everything that is under way has ended; `undefined` if nothing is. */
  get underWay(): Promise<unknown> | undefined {
    const last = [this.#keys, this.#tags, this.#anyTag, this.#prefixes].flatMap((line) => [...line.values()])
    return last.length === 0 ? undefined : Promise.all(last.map(({ over }) => over))
  }

  /** The ends of what is being put under keys that begin so. */
  #under(prefix: string): readonly Promise<void>[] {
    const ends: Promise<void>[] = []
    for (const [key, last] of this.#keys) {
      if (key.startsWith(prefix)) ends.push(...(last.isRemoval ? last.after : [last.over]))
    }
    return ends
  }
}

function endOf(last: Group | undefined): readonly Promise<void>[] {
  return last === undefined ? NOTHING : [last.over]
}

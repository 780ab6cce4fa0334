/**
 * How an entry is kept fresh. It lives in three phases: fresh; *due*, when it is still served, and whoever
 * asks for it with a fetcher has it refreshed in the background; and from `freshUntil` to its deadline
 * *stale*, when it is served only where nothing better is to be had in time. All moments are of `World.mono()`.
 *
 * A class, not a literal: see `decisions/0006-no-literals-on-the-read-path.md`.
 */
export class Upkeep {
  /** When its value was fetched or written. */
  readonly since: number
  /** From when it is due; `freshUntil` where nothing is refreshed ahead. */
  readonly due: number
  readonly freshUntil: number
  /** What the source gave to ask it later whether the value has changed, as in HTTP. */
  readonly etag: string | undefined
  readonly lastModified: string | undefined

  constructor(
    since: number,
    due: number,
    freshUntil: number,
    etag: string | undefined,
    lastModified: string | undefined,
  ) {
    this.since = since
    this.due = Math.min(due, freshUntil)
    this.freshUntil = freshUntil
    this.etag = etag
    this.lastModified = lastModified
  }
}

/**
 * The same on the clock of a store, which shows `ahead` milliseconds more, for an entry that ends at `deadline`.
 * The store says itself when the entry ends, by a clock that is known with an error: so what is fresh to its end is
 * written down as fresh without one, and what is not refreshed ahead as never due. It is cut when it is read.
 */
export function upkeepThere(
  { since, due, freshUntil, etag, lastModified }: Upkeep,
  deadline: number,
  ahead: number,
): Upkeep {
  const never = Number.POSITIVE_INFINITY
  const dueThere = due >= freshUntil ? never : due + ahead
  return new Upkeep(since + ahead, dueThere, freshUntil >= deadline ? never : freshUntil + ahead, etag, lastModified)
}

/** The way back from {@link upkeepThere}, of what was read there and is cut already. */
export function upkeepHere({ since, due, freshUntil, etag, lastModified }: Upkeep, ahead: number): Upkeep {
  return new Upkeep(since - ahead, due - ahead, freshUntil - ahead, etag, lastModified)
}

/** The same within the bounds of what it belongs to: fresh until `end` at most, due by then, and not from the time after `latest`. */
export function upkeepWithin(
  { since, due, freshUntil, etag, lastModified }: Upkeep,
  end: number,
  latest: number,
): Upkeep {
  const fresh = Math.min(freshUntil, end)
  return new Upkeep(Math.min(since, latest), Math.min(due, fresh), fresh, etag, lastModified)
}

/** The same, fresh until another moment: due as long before it. Where that was for ever, it is due when it was. */
export function upkeepTo({ since, due, freshUntil, etag, lastModified }: Upkeep, end: number): Upkeep {
  const early = freshUntil > due ? freshUntil - due : 0
  return new Upkeep(
    since,
    Math.min(end, early === Number.POSITIVE_INFINITY ? due : end - early),
    end,
    etag,
    lastModified,
  )
}

/** The same, due at another moment. */
export function dueFrom({ since, freshUntil, etag, lastModified }: Upkeep, due: number): Upkeep {
  return new Upkeep(since, due, freshUntil, etag, lastModified)
}

/** When what ends at `deadline` is dead once it is fresh until another moment: it is stale for as long as before. */
export function endAfter({ freshUntil }: Upkeep, deadline: number, end: number): number {
  return deadline > freshUntil ? end + (deadline - freshUntil) : end
}

/** Milliseconds: shorter than what two clocks make of one moment. */
export const SHORTEST_GRACE = 1
/** `World.tick()` lags behind other readings of the clock by less. */
const LAG = 10

/**
 * Whether what ends at `deadline` can be served stale. What is fresh without an end is taken to, where it has
 * an upkeep at all: for how long it was meant to be stale afterwards cannot be told any more.
 */
export function hasGrace(upkeep: Upkeep | undefined, deadline: number): upkeep is Upkeep {
  if (upkeep === undefined) return false
  const { freshUntil } = upkeep
  return freshUntil === Number.POSITIVE_INFINITY || deadline - freshUntil >= SHORTEST_GRACE
}

/**
 * The same, stale at the moment `now` and by every other clock: as if it had been so ever since it was fetched.
 * Where it {@link hasGrace}.
 */
export function upkeepExpired({ since, due, freshUntil, etag, lastModified }: Upkeep, now: number): Upkeep {
  const end = Math.min(since, freshUntil, now - LAG)
  return new Upkeep(since, Math.min(due, end), end, etag, lastModified)
}

/** The longest `etag` or `lastModified`, in UTF-16 units. */
export const LONGEST_VALIDATOR = 1000

/** Whether somebody may have meant this as an `etag` or a `lastModified`, or as none. */
export function isValidator(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= LONGEST_VALIDATOR)
}

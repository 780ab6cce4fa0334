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
    this.due = due
    this.freshUntil = freshUntil
    this.etag = etag
    this.lastModified = lastModified
  }
}

/** The longest `etag` or `lastModified`, in UTF-16 units. */
export const LONGEST_VALIDATOR = 1000

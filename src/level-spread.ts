/** The part of a call's time that one server of several may take: what the others tell is in time then. */
export const IN_TIME = 0.8

/** Told when a part of a level falls silent, with what it failed with where that is known, and when it answers again. */
export type PartListener = (part: string, answers: boolean, error?: unknown) => void

/**
 * A level that lies on several servers, each of which may fail while the others answer: in *parts*, which are
 * servers, or shards on them. One that does not answer is asked no more by itself, and fails its own keys at once.
 */
export interface Spreads {
  /** The part that a key belongs to. What is changed under several keys is handed in for each part apart. */
  partOf(key: string): number
  /** The names of the parts that do not answer. */
  readonly silent: readonly string[]
  /** Whether some part has answered since the monotonic moment `since`; where none is given, whether some part does not count as silent. */
  answers(since?: number): boolean
  /** Asks all parts for a sign of life, in the background. Must not throw. */
  inquire(): void
  /** Tells `listener` from now on. Called once, by the cache. */
  watch(listener: PartListener): void
}

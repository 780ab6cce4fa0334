/** One entry on a shelf, as it is shown. */
export interface Box {
  readonly key: string
  /** Its value as text, where it is known. */
  readonly value?: string | undefined
  /** Milliseconds left, where it has an end. */
  readonly left?: number | undefined
  readonly tags?: readonly string[]
  /** It lies there and is not served any more. */
  readonly isOver?: boolean
}

/** What a level is doing at this moment of a scene. */
export type Mark = 'asked' | 'hit' | 'stale' | 'miss' | 'kept' | 'refused' | 'raised' | 'expired'

/** An entry that has just left, and why. */
export interface Leaver {
  readonly key: string
  readonly why: string
}

/** One of the queues of a level's policy. */
export interface QueueScene {
  readonly name: string
  /** A few words beside the name. */
  readonly note: string | undefined
  /** Of all that the level holds, by weight; `undefined` where that is not told. */
  readonly share: number | undefined
  /** The next to leave it first, perhaps not all. */
  readonly keys: readonly string[]
  /** By key: what the policy knows of it, in words. */
  readonly marks: ReadonlyMap<string, string>
}

/** A level, as a shelf. */
export interface ShelfScene {
  readonly name: string
  /** The most it holds; `undefined` where that is not told, or is counted in bytes. */
  readonly capacity: number | undefined
  /** How many it holds; `undefined` where that is not told. */
  readonly size: number | undefined
  readonly policy: string | undefined
  /** A few words beside the name. */
  readonly note: string | undefined
  /** The next to be evicted first, perhaps not all; `undefined` where the level does not tell. */
  readonly boxes: readonly Box[] | undefined
  /** The queues its policy has, where it has any. */
  readonly queues: readonly QueueScene[] | undefined
  readonly mark: Mark | undefined
  /** The key this moment is about. */
  readonly key: string | undefined
  readonly leavers: readonly Leaver[]
}

/** What travels: down as a question, up as a value. */
export interface Traveller {
  readonly key: string
  /** Above which level it is: 0 above level 1, as many as there are levels above the source. */
  readonly gap: number
  readonly mood: 'asks' | 'brings' | 'old' | 'empty' | 'failed' | 'sweeps'
  /** What it says beside the key. */
  readonly text: string | undefined
}

/** One moment. */
export interface Scene {
  readonly shelves: readonly ShelfScene[]
  readonly traveller: Traveller | undefined
  readonly source: SourceScene
}

export interface SourceScene {
  readonly name: string
  readonly note: string | undefined
  readonly mark: 'asked' | 'row' | 'nothing' | 'failure' | undefined
}

/** Up to so many places every entry is a box with its name; above, the shelf is a picture of density. */
export const MOST_BOXES = 48

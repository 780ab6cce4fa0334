/**
 * A place in the level-1 table: a whole number from 1 to `slots`. 0 is no slot, so that zeroed
 * typed arrays mean "none".
 */
export type Slot = number

/** What a policy is given when it is made. */
export interface PolicyContext {
  /** The greatest slot number there can be; arrays indexed by slot have `slots + 1` places. */
  readonly slots: number
  /**
   * How much may be resident, in units of weight: entries where every weight is 1, bytes where the
   * cache is bounded by bytes.
   */
  readonly capacity: number
  /** A uniform random number in [0, 1). */
  random(): number
  /**
   * When the entry in `slot` expires: monotonic milliseconds rounded to whole numbers, `Infinity`
   * for never. Meaningful for resident slots only.
   */
  deadline(slot: Slot): number
  /**
   * The hash that `added` was given for this slot, where the policy says `hashes`. Meaningful for resident
   * slots, and for the one that is leaving until `evict` or `removed` returns.
   */
  hashOf(slot: Slot): number
}

/** One of the queues in which a policy keeps what is resident, for people to look at. */
export interface PolicyQueue {
  /** As the literature calls it: `window`, `probation`, `small`. */
  readonly name: string
  /** Its slots, the next to leave it first. Read at once, before anything else happens; perhaps not to the end. */
  readonly slots: Iterable<Slot>
  /** What its entries weigh together; `undefined` where that is not counted. */
  readonly weight?: number | undefined
  /** What the policy knows of each of its slots. */
  readonly counts?: PolicyCounts | undefined
  /** Where the next eviction begins to look; 0 for the first slot. */
  readonly hand?: Slot | undefined
  /** How many keys it remembers that are not resident any more: ghosts. */
  readonly remembered?: number | undefined
}

/** A number that a policy has for each slot. */
export interface PolicyCounts {
  /**
   * `frequency`: about how often the key was asked for of late. `hits`: in this queue, as far as it counts
   * them. `uses`: since it came. `used`: 1 where it was used since the hand passed. `deadline`: when it expires.
   */
  readonly what: 'frequency' | 'hits' | 'uses' | 'used' | 'deadline'
  of(slot: Slot): number
}

/**
 * An eviction policy: told what happens, asked who goes. It knows slots, never keys or values.
 *
 * Calls come in an order the engine guarantees: a slot is `added`, then any number of `touched` and
 * `updated`, then it leaves once, by `evict` or `removed`; then it may be added again. When a new
 * entry needs room, `evict` is called *before* it is `added`. Every method is O(1) or amortised O(1).
 *
 * Prove a policy of your own with `policyConformance` from `terrace/testing`.
 */
export interface Policy {
  /** Whether `added` needs a real hash of the key. Where it is false the engine passes 0 for keys it need not hash. */
  readonly hashes: boolean
  /** A new entry took `slot`. `hash` is a well-mixed signed 32-bit hash of its key, seeded per cache. */
  added(slot: Slot, hash: number, weight: number): void
  /** The entry was read and found. The hottest call there is: it should write a byte or relink a list. */
  touched(slot: Slot): void
  /** The entry was written again: its value, weight or deadline may have changed. */
  updated(slot: Slot, weight: number): void
  /** The entry left for a reason of the engine's: deleted, expired, refused. */
  removed(slot: Slot): void
  /** Chooses who leaves, forgets it, returns it. Called only while something is resident. */
  evict(): Slot
  /** Everything resident left at once. */
  clear(): void
  /** The bounds changed. Resident slots keep their numbers and are all within the new `slots`. */
  resize(capacity: number, slots: number): void
  /** Every resident slot once, the next to leave first, as nearly as the policy can tell. */
  order(): Iterable<Slot>
  /**
   * Its queues, if it has other ones than `order`, or more to say of its slots: every resident slot is in one
   * of them, once. For people to look at: it need not be fast, and changes nothing.
   */
  queues?(): readonly PolicyQueue[]
  /** Proves the policy's invariants. @throws TerraceError `ERR_INVARIANT`, naming the broken one. */
  check(): void
}

/** Makes a policy for one cache. */
export type PolicyFactory = (context: PolicyContext) => Policy

export type PartKind = 'balancer' | 'app' | 'redis' | 'memcached' | 'database'

/** A process of the topology, as far as something can be done to it. */
export interface Part {
  readonly kind: PartKind
  /** `app-1`, `redis-4`, `database` … */
  readonly name: string
  readonly port: number
  /** kill -9. Resolves when the process is gone. */
  kill(): Promise<void>
  /** Freezes it: connections stay open, nothing answers. */
  stop(): unknown
  /** Thaws it. */
  cont(): void
  /** Starts it again where it was. Resolves when it answers. */
  restart(): Promise<void>
}

/** What is needed for all parts to be ended together. */
export interface Endings {
  /** Ends something when everything ends. The last that was begun ends first. */
  add(end: () => unknown): void
}

import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { CacheEvent, Work } from '../events.ts'

/** What is published on the channel `terrace:event`. */
export interface PublishedEvent {
  /** The name of the cache. */
  readonly cache: string
  readonly event: CacheEvent
}

/** The context of the tracing channel `terrace:work`: the same object from `start` to `asyncEnd`. */
export type PublishedWork = Work & {
  /** The name of the cache. */
  readonly cache: string
}

/** Every event of every cache of the process. */
export const EVENTS: Channel<unknown, unknown> = channel('terrace:event')

/** Everything every cache of the process does that takes a while: `tracing:terrace:work:start` and so on. */
export const WORK: TracingChannel<unknown, object> = tracingChannel('terrace:work')

import type { CacheEvent } from '../events.ts'
import type { Observers } from '../observe/observers.ts'

/** Tells the observers, if there are any who want to hear it. */
export function report({ observers }: { readonly observers: Observers }, event: CacheEvent): void {
  if (observers.hears(event.type)) observers.tell(event)
}

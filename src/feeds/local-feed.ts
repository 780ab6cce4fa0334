import type { FeedFactory, FeedListener } from './feed.ts'

/** A feed among the caches of one process: each level given the factory that this returns hears the others of its topic. */
export function localFeed(): FeedFactory {
  const topics = new Map<string, Set<FeedListener>>()
  return ({ world, topic }) => {
    const listeners = topics.get(topic) ?? new Set()
    topics.set(topic, listeners)
    let own: FeedListener | undefined
    return {
      async publish(text) {
        world.soon(() => {
          for (const listener of [...listeners]) listener.message(text)
        })
      },
      async subscribe(listener) {
        own = listener
        listeners.add(listener)
      },
      async close() {
        if (own !== undefined) listeners.delete(own)
      },
    }
  }
}

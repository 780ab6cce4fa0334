import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Activity, CacheName, Hello, Point, Session } from '../../../src/dashboard/protocol.ts'
import { PROTOCOL, ROUTES } from '../../../src/dashboard/protocol.ts'
import { Api, messageOf } from './api.ts'

/** How many points are held for the charts of the last minute. */
const MOST_POINTS = 60
/** Milliseconds before the server is asked again, when it was not there. */
const RETRY = 3000

/** How the page stands with the server. */
export type Standing = 'connecting' | 'live' | 'lost' | 'closed'

/** What the page knows of one cache at a time, kept up by the server's events. */
export class Connection {
  readonly api: Api = new Api()
  readonly session: Signal<Session | undefined> = signal(undefined)
  readonly cacheName: Signal<string> = signal('')
  readonly cache: ReadonlySignal<CacheName | undefined> = computed(() =>
    this.session.value?.caches.find(({ name }) => name === this.cacheName.value),
  )
  readonly standing: Signal<Standing> = signal('connecting')
  readonly problem: Signal<string> = signal('')
  /** The last minute, oldest first. */
  readonly points: Signal<readonly Point[]> = signal([])
  readonly activity: Signal<Activity | undefined> = signal(undefined)
  /** Whether somebody wants to see activity: it costs the server something. */
  readonly wantsActivity: Signal<boolean> = signal(false)
  #events: EventSource | undefined

  async open(): Promise<void> {
    try {
      const session = await this.api.session()
      if (session.protocol !== PROTOCOL) {
        this.problem.value = 'The server speaks another version of the protocol: reload the page.'
        return
      }
      batch(() => {
        this.session.value = session
        this.problem.value = ''
        if (!session.caches.some(({ name }) => name === this.cacheName.value))
          this.cacheName.value = session.caches[0]?.name ?? ''
      })
    } catch (error) {
      this.problem.value = messageOf(error)
      setTimeout(() => void this.open(), RETRY)
    }
  }

  /** Listens to the cache that is chosen. @returns stops listening */
  listen(cache: string, activity: boolean): () => void {
    const query = new URLSearchParams({ cache, most: activity ? '100' : '0' })
    const events = new EventSource(`${ROUTES.events}?${query}`)
    this.#events = events
    this.points.value = []
    this.activity.value = undefined
    const on = <T>(name: string, take: (data: T) => void): void =>
      events.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T))
    on<Hello>('hello', () => (this.standing.value = 'live'))
    on<Point>('point', (point) => (this.points.value = [...this.points.value, point].slice(-MOST_POINTS)))
    on<Activity>('activity', (seen) => (this.activity.value = seen))
    on('closed', () => {
      this.standing.value = 'closed'
      events.close()
    })
    // The browser comes back by itself, unless the server refused.
    events.onerror = () => {
      if (this.#events !== events || this.standing.value === 'closed') return
      this.standing.value = 'lost'
      if (events.readyState === EventSource.CLOSED) setTimeout(() => void this.#again(events, cache), RETRY)
    }
    return () => {
      if (this.#events === events) this.#events = undefined
      events.close()
    }
  }

  async #again(events: EventSource, cache: string): Promise<void> {
    if (this.#events !== events) return
    await this.open()
    // The same name again makes nobody listen anew: another one between does.
    if (this.#events === events)
      batch(() => {
        this.cacheName.value = ''
        queueMicrotask(() => (this.cacheName.value = cache))
      })
  }
}

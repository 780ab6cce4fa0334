import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Activity, CacheName, Hello, Point, Session } from '../../../src/dashboard/protocol.ts'
import { PROTOCOL, ROUTES } from '../../../src/dashboard/protocol.ts'
import { Api, messageOf } from './api.ts'
import { printableIn } from './given.tsx'

/** How many points are held for the charts of the last minute. */
const MOST_POINTS = 60
/** Milliseconds before a server that was not there is asked again: twice as long each time, up to the last. */
const FIRST_PAUSE = 3000
const LAST_PAUSE = 30_000

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
  #pause = FIRST_PAUSE

  /** Asks what there is to see, until the server says. */
  async open(): Promise<void> {
    if (!(await this.#greet())) this.#later(() => this.open())
  }

  /** Listens to the cache that is chosen, whichever process answers for it. @returns stops listening */
  listen(cache: string, activity: boolean): () => void {
    const query = new URLSearchParams({ cache, most: activity ? '100' : '0' })
    let events: EventSource | undefined
    const again = async (): Promise<void> => {
      const isThere = await this.#greet()
      // Another one was chosen meanwhile, or is the only one left.
      if (events === undefined || this.cacheName.value !== cache) return
      if (isThere) connect()
      else this.#later(again)
    }
    const connect = (): void => {
      events = this.#hear(`${ROUTES.events}?${query}`, () => this.#later(again))
    }
    connect()
    return () => {
      events?.close()
      events = undefined
    }
  }

  /** @param ended called once, when the server says that it is over, or refuses: then the browser does not come back by itself */
  #hear(address: string, ended: () => void): EventSource {
    const events = new EventSource(address)
    this.points.value = []
    this.activity.value = undefined
    const on = <T>(name: string, take: (data: T) => void): void =>
      events.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T))
    on<Hello>('hello', () => {
      this.#pause = FIRST_PAUSE
      // Another process may be behind it now.
      if (this.standing.value === 'lost') void this.#greet()
      this.standing.value = 'live'
    })
    on<Point>('point', (point) => (this.points.value = [...this.points.value, point].slice(-MOST_POINTS)))
    on<Activity>('activity', (seen) => (this.activity.value = printableIn(seen)))
    on('closed', () => {
      this.standing.value = 'closed'
      events.close()
      ended()
    })
    events.onerror = () => {
      // Of a cache that was closed it is said until somebody answers for it again.
      if (this.standing.value !== 'closed') this.standing.value = 'lost'
      if (events.readyState === EventSource.CLOSED) ended()
    }
    return events
  }

  /** @returns whether the server told what there is, in words that are understood */
  async #greet(): Promise<boolean> {
    try {
      const session = await this.api.session()
      if (session.protocol !== PROTOCOL) {
        this.problem.value = 'The server speaks another version of the protocol: reload the page.'
        return false
      }
      batch(() => {
        this.session.value = session
        this.problem.value = ''
        if (!session.caches.some(({ name }) => name === this.cacheName.value))
          this.cacheName.value = session.caches[0]?.name ?? ''
      })
      return true
    } catch (error) {
      this.problem.value = messageOf(error)
      return false
    }
  }

  #later(work: () => Promise<void>): void {
    setTimeout(() => void work(), this.#pause)
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE)
  }
}

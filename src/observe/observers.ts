import type { CacheEvent, Observer } from '../events.ts'
import type { World } from '../world/world.ts'

/** Everybody who wants to be told. While there is nobody, `any` is false and no event need be made. */
export class Observers {
  readonly #observers = new Set<Observer>()
  readonly #world: World
  #any = false

  constructor(world: World) {
    this.#world = world
  }

  get any(): boolean {
    return this.#any
  }

  /** @returns takes the observer away again */
  add(observer: Observer): () => void {
    // A registration of its own, so that one function can be added twice and removed once.
    const registration: Observer = (event) => observer(event)
    this.#observers.add(registration)
    this.#any = true
    return () => {
      this.#observers.delete(registration)
      this.#any = this.#observers.size > 0
    }
  }

  tell(event: CacheEvent): void {
    for (const observer of this.#observers) {
      try {
        observer(event)
      } catch (cause) {
        this.#world.background(Promise.reject(cause), `an observer threw at '${event.type}'`)
      }
    }
  }
}

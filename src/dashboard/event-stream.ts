import type { Cancel, World } from '../world/world.ts'

/** Messages that wait for a reader at most; a reader that falls behind that far misses some. */
const MOST_WAITING = 32
/** Milliseconds after which something is said, so that proxies and readers know that it goes on. */
const HEARTBEAT = 15_000
/** Milliseconds after which a page whose stream was cut off comes back. */
const RETRY = 2000

/**
 * Server-sent events for one reader, with a bounded queue: who reads slowly misses messages and holds up
 * nobody. Ends when the reader goes away.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #world: World
  readonly #waiting: Uint8Array[] = []
  readonly #encoder = new TextEncoder()
  readonly #ended: () => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #cancelBeat: Cancel | undefined
  #missed = 0
  #isOver = false

  /** @param ended called once, when the stream is over for whatever reason */
  constructor(world: World, ended: () => void) {
    this.#world = world
    this.#ended = ended
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#flow(),
        cancel: () => this.#end(),
      },
      { highWaterMark: 1 },
    )
    this.#push(`retry: ${RETRY}\n\n`)
    this.#beat()
  }

  /** How many messages were left out for a reader that was too slow. */
  get missed(): number {
    return this.#missed
  }

  /** Sends a message. `data` is made into JSON, which has no line breaks. */
  send(event: string, data: unknown): void {
    if (this.#isOver) return
    if (this.#waiting.length >= MOST_WAITING) {
      this.#missed++
      return
    }
    this.#push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Says a last word, and ends. */
  close(event: string): void {
    if (this.#isOver) return
    this.#push(`event: ${event}\ndata: {}\n\n`)
    for (const waiting of this.#waiting.splice(0)) this.#controller?.enqueue(waiting)
    this.#controller?.close()
    this.#end()
  }

  #push(text: string): void {
    this.#waiting.push(this.#encoder.encode(text))
    this.#flow()
  }

  #flow(): void {
    while (!this.#isOver && this.#waiting.length > 0 && (this.#controller?.desiredSize ?? 0) > 0) {
      this.#controller!.enqueue(this.#waiting.shift()!)
    }
  }

  #beat(): void {
    this.#cancelBeat = this.#world.after(HEARTBEAT, () => {
      if (this.#waiting.length === 0) this.#push(': \n\n')
      this.#beat()
    })
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting.length = 0
    this.#cancelBeat?.()
    this.#ended()
  }
}

import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { FakeWorld } from '../../../src/testing/fake-world.ts'
import { Pipe } from './pipe.ts'
import type { Peer, Session, SimulatedMemcached } from './simulated-memcached.ts'

/** What becomes of bytes that a client sends at once. Milliseconds. */
export interface WayFate {
  /** How long they take to the server. */
  readonly there: number
  /** How long the answer takes back. */
  readonly back: number
  /**
   * The connection breaks before they arrive, after they did, or for the client alone, and they arrive nevertheless; or
   * nothing gets through it any more, from now or from their effect on.
   */
  readonly fault?: 'breaksBefore' | 'breaksAfter' | 'breaksHere' | 'silentBefore' | 'silentAfter' | undefined
}

/** How one process reaches one server. */
export interface Way {
  /** Asked for each piece that is sent. */
  readonly fate: () => WayFate
  /** How the next piece, of so many bytes, is cut: the places. */
  readonly cuts: (length: number) => readonly number[]
  /** Whether nothing gets through now. */
  readonly isHeld: () => boolean
  /** Runs what happens to the process: now, or when it goes on. */
  readonly enter: (run: () => void) => void
}

/**
 * A socket to a simulated server: of a `net.Socket` what `Connection` makes use of. Bytes keep their order
 * in either direction; what was sent before the socket was destroyed arrives nevertheless, unless the
 * connection breaks.
 */
class SimulatedSocket extends EventEmitter {
  readonly writableLength: number = 0
  readonly #server: SimulatedMemcached
  readonly #way: Way
  readonly #there: Pipe
  readonly #back: Pipe
  readonly #peer: Peer
  #session: Session | undefined
  #fate: WayFate = { there: 0, back: 0 }
  #isSilent = false
  /** No answer gets through. */
  #isMute = false
  #isDestroyed = false
  #isOver = false

  constructor(world: FakeWorld, server: SimulatedMemcached, way: Way) {
    super()
    this.#server = server
    this.#way = way
    this.#there = new Pipe(world, way.isHeld)
    this.#back = new Pipe(world, way.isHeld)
    this.#peer = { answer: (bytes) => this.#answered(bytes), reset: () => this.#reset('ECONNRESET') }
    const { there, back } = way.fate()
    this.#there.send(there, () => this.#arrived(back))
  }

  write(data: string | Uint8Array, encoding?: BufferEncoding): boolean {
    if (this.#isDestroyed || this.#isOver) return false
    const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data)
    const fate = this.#way.fate()
    const { fault } = fate
    if (this.#isSilent) return true
    if (fault === 'silentBefore') this.#isSilent = true
    else if (fault === 'breaksBefore') this.#there.send(fate.there, () => this.#break())
    else {
      const pieces = piecesOf(bytes, this.#way.cuts(bytes.length))
      for (const [n, piece] of pieces.entries()) {
        this.#there.send(fate.there, () => {
          this.#fate = fate
          // What the last piece brings about is not answered any more.
          if (n === pieces.length - 1 && fault !== undefined) this.#isMute = true
          this.#session?.hear(piece)
        })
      }
      if (fault === 'breaksHere') this.#loseClient()
      if (fault === 'silentAfter') this.#there.send(0, () => this.#fallSilent())
      if (fault === 'breaksAfter') this.#there.send(0, () => this.#break())
    }
    return true
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#back.drop()
    if (!this.#isSilent) this.#there.send(0, () => this.#session?.end())
  }

  cork(): void {}
  uncork(): void {}
  ref(): void {}
  unref(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}

  #arrived(back: number): void {
    if (this.#server.isDown) {
      this.#reset('ECONNREFUSED')
      return
    }
    this.#session = this.#server.accept(this.#peer)
    this.#back.send(back, () => this.#tell('connect'))
  }

  #answered(bytes: Buffer): void {
    if (this.#isSilent || this.#isMute) return
    for (const piece of piecesOf(bytes, this.#way.cuts(bytes.length)))
      this.#back.send(this.#fate.back, () => this.#tell('data', piece))
  }

  #fallSilent(): void {
    this.#isSilent = true
  }

  /** Both ends find the connection broken. */
  #break(): void {
    this.#server.drop(this.#peer)
  }

  #reset(code: string): void {
    if (this.#isSilent) return
    this.#isOver = true
    this.#session = undefined
    this.#there.drop()
    this.#back.send(0, () => this.#tellError(code))
  }

  /** The client finds the connection broken; what it has sent is on its way. */
  #loseClient(): void {
    this.#isOver = true
    this.#back.drop()
    this.#back.send(0, () => this.#tellError('ETIMEDOUT'))
  }

  #tellError(code: string): void {
    this.#tell('error', new Error(code))
    this.#tell('close')
  }

  #tell(event: string, told?: unknown): void {
    this.#way.enter(() => {
      if (!this.#isDestroyed) this.emit(event, told)
    })
  }
}

/** Makes sockets to one server. */
export function socketsTo(world: FakeWorld, server: SimulatedMemcached, way: Way): () => Socket {
  return () => new SimulatedSocket(world, server, way) as unknown as Socket
}

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  const pieces = places.slice(1).map((end, n) => bytes.subarray(places[n]!, end))
  return pieces.filter(({ length }) => length > 0)
}

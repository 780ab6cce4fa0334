import { MessageChannel, type MessagePort } from 'node:worker_threads'

/**
 * Keeps the process running while somebody waits for something that is only a timer of ours: without
 * it a script whose last line awaits a write would end unfinished where another process has the lock.
 */
export class StayAlive {
  #port: MessagePort | undefined
  #waiting = 0

  async during<T>(work: Promise<T>): Promise<T> {
    // A port that is listened to holds the event loop, and costs nothing while nothing arrives.
    this.#port ??= listened()
    this.#waiting++
    this.#port.ref()
    try {
      return await work
    } finally {
      if (--this.#waiting === 0) this.#port?.unref()
    }
  }

  close(): void {
    this.#port?.close()
    this.#port = undefined
  }
}

function listened(): MessagePort {
  const { port1 } = new MessageChannel()
  port1.on('message', () => undefined)
  return port1
}

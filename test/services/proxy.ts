import { connect, createServer, type Socket } from 'node:net'

/** A network between a client and a server on the loopback, with the faults a network has. */
export interface Network {
  readonly port: number
  /** Milliseconds that everything takes from now on, each way. */
  delay(ms: number): void
  /** Bytes a second that get through from now on, in each direction of each connection. Default: no limit. */
  limit(bytesPerSecond: number): void
  /** Nothing gets through, connections stay open, new ones are accepted: what is sent is lost (half-open). */
  cut(): void
  /**
   * Keeps answers back, from now on: the server has done what it was asked, and nobody hears of it.
   * Not on connections that have subscribed to something.
   */
  holdAnswers(): void
  /** Lets through what was kept back, and everything from now on. */
  letGo(): void
  /** Resets every connection. New ones are as before. */
  reset(): void
  /** Ends {@link Network.cut}; connections that have lost something are reset. */
  mend(): void
  /** How many bytes are kept back. */
  readonly held: number
  close(): Promise<void>
}

const SUBSCRIBE = /subscribe/i

interface Pair {
  readonly client: Socket
  readonly server: Socket
  hasLost: boolean
  subscribes: boolean
}

export async function startProxy(target: number): Promise<Network> {
  let lag = 0
  let rate = Number.POSITIVE_INFINITY
  let isCut = false
  let isHolding = false
  let kept: { readonly to: Socket; readonly chunk: Buffer }[] = []
  const pairs = new Set<Pair>()

  const pass = (pair: Pair, from: Socket, to: Socket, isAnswer: boolean): void => {
    /** When the line is free again. */
    let free = 0
    from.on('data', (chunk) => {
      if (!isAnswer && SUBSCRIBE.test(chunk.toString('latin1'))) pair.subscribes = true
      if (isCut) {
        pair.hasLost = true
        return
      }
      const now = performance.now()
      free = Math.max(free, now) + (chunk.length / rate) * 1000
      const wait = free - now + lag
      const send = (): void => {
        if (isAnswer && isHolding && !pair.subscribes) kept.push({ to, chunk })
        else if (!to.destroyed) to.write(chunk)
      }
      if (wait <= 0) send()
      else setTimeout(send, wait)
    })
  }

  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    const pair: Pair = { client, server, hasLost: false, subscribes: false }
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      // Somebody who hangs up is not heard through a cut either.
      socket.on('close', () => {
        if (!isCut) end()
        else pair.hasLost = true
      })
    }
    pass(pair, client, server, false)
    pass(pair, server, client, true)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))

  const abort = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.resetAndDestroy()
    pair.server.resetAndDestroy()
  }
  return {
    port: (listener.address() as { port: number }).port,
    delay: (ms) => {
      lag = ms
    },
    limit: (bytesPerSecond) => {
      rate = bytesPerSecond
    },
    cut: () => {
      isCut = true
    },
    holdAnswers: () => {
      isHolding = true
    },
    letGo: () => {
      isHolding = false
      const ready = kept
      kept = []
      for (const { to, chunk } of ready) if (!to.destroyed) to.write(chunk)
    },
    reset: () => {
      for (const pair of [...pairs]) abort(pair)
    },
    mend: () => {
      isCut = false
      for (const pair of [...pairs]) if (pair.hasLost) abort(pair)
    },
    get held() {
      return kept.reduce((sum, { chunk }) => sum + chunk.length, 0)
    },
    close: async () => {
      for (const pair of [...pairs]) abort(pair)
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server on which answers can be kept back, and handed on together. */
export interface Relay {
  readonly address: string
  /** How many pieces of answers, or of questions, are kept back, each by itself if they come one after the other. */
  readonly kept: number
  /** Keeps answers back from now on: the server has done what it was asked. */
  hold(): void
  /** Keeps questions back from now on that have this in them, and all that follow: the server has not heard of them yet. */
  holdQuestions(text: string): void
  /** Hands on the first pieces that are kept back, as one. */
  hand(pieces: number): void
  /** Hands on everything, and whatever comes from now on. */
  letGo(): void
  close(): Promise<void>
}

/** @param address `host:port` of the server. For one connection at a time. */
export async function startRelay(address: string): Promise<Relay> {
  const [host, port] = address.split(':')
  const sockets = new Set<Socket>()
  let kept: Buffer[] = []
  let isHolding = false
  let held = ''
  let questions: Buffer[] = []
  let server: Socket | undefined
  let client: Socket | undefined
  const listener: Server = createServer((from) => {
    const to = connect(Number(port), host)
    client = from
    server = to
    for (const socket of [from, to]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        from.destroy()
        to.destroy()
      })
    }
    from.on('data', (chunk: Buffer) => {
      if (held !== '' && (questions.length > 0 || chunk.includes(held))) questions.push(chunk)
      else to.write(chunk)
    })
    to.on('data', (chunk: Buffer) => {
      if (isHolding) kept.push(chunk)
      else from.write(chunk)
    })
  })
  const hand = (pieces: number): void => {
    const together = Buffer.concat(kept.splice(0, pieces))
    if (together.length > 0) client?.write(together)
  }
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(listener.address() as { port: number }).port}`,
    get kept() {
      return kept.length + questions.length
    },
    hold: () => {
      isHolding = true
    },
    holdQuestions: (text) => {
      held = text
    },
    hand,
    letGo: () => {
      isHolding = false
      held = ''
      for (const chunk of questions.splice(0)) server?.write(chunk)
      hand(kept.length)
    },
    close: () => {
      kept = []
      questions = []
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}

import { createServer, type Server, type Socket } from 'node:net'

/** A server that answers as a test tells it: told each line it is sent, it writes what it likes. */
export interface RawServer {
  readonly address: string
  readonly sockets: Set<Socket>
  /** How many connections were made so far. */
  readonly accepted: number
  close(): Promise<void>
}

/** @param answer is given each command line; bodies of `ms` are left out */
export async function startRaw(answer: (line: string, socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server: Server = createServer((socket) => {
    accepted++
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let rest = ''
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1')
      for (;;) {
        const end = rest.indexOf('\r\n')
        if (end < 0) return
        const line = rest.slice(0, end)
        const body = line.startsWith('ms ') ? Number(line.split(' ')[2]) + 2 : 0
        if (rest.length < end + 2 + body) return
        rest = rest.slice(end + 2 + body)
        answer(line, socket)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    sockets,
    get accepted() {
      return accepted
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

import { createServer } from 'node:net'

/** A port on which nobody listens at this moment. */
export async function freePort(): Promise<number> {
  return (await listenedOn(0))!
}

/** Whether nobody listens on this port at this moment. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenedOn(port)) !== undefined
}

function listenedOn(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { CERTIFICATE, KEY } from './tls-certificate.ts'

/** An encrypted door to a server on the loopback: not every build of memcached has one of its own. */
export interface TlsDoor {
  /** `host:port` */
  readonly address: string
  close(): Promise<void>
}

export async function openTlsDoor(port: number): Promise<TlsDoor> {
  const door = createServer({ key: KEY, cert: CERTIFICATE }, (outer) => {
    const inner = connect(port, '127.0.0.1')
    outer.pipe(inner).pipe(outer)
    outer.on('error', () => inner.destroy())
    inner.on('error', () => outer.destroy())
  })
  door.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(door.address() as { port: number }).port}`,
    close: () => new Promise<void>((resolve) => door.close(() => resolve())),
  }
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { Fleet, sealed, textOf } from './fleet.ts'
import { CERTIFICATE } from './tls-certificate.ts'
import { openTlsDoor, type TlsDoor } from './tls-door.ts'

let server: MemcachedServer
let door: TlsDoor
let address: string
const fleet = new Fleet()

beforeAll(async () => {
  server = await startMemcached()
  door = await openTlsDoor(server.port)
  address = door.address
})
afterAll(async () => {
  await door.close()
  await server.kill()
})
beforeEach(() => fleet.next())
afterEach(() => fleet.close())

describe('an encrypted connection', () => {
  it('is made to a server with a certificate that is trusted', async () => {
    const store = fleet.store([address], { tls: { ca: CERTIFICATE }, timeout: 5000, connectTimeout: 5000 })
    const payload = Buffer.alloc(300_000, 'abc')
    expect(await store.replace([sealed('k', '', { payload }), sealed('l', 'x')])).toEqual(['kept', 'kept'])
    expect(Buffer.compare((await store.read(['k'])).entries[0]!.payload, payload)).toBe(0)
    expect(await textOf(store, 'l')).toBe('x')
  })

  it('is refused to any other, and to one that speaks plainly', async () => {
    const limits = { timeout: 5000, connectTimeout: 5000 }
    await expect(fleet.store([address], { ...limits, tls: true }).read(['k'])).rejects.toThrow(
      'self-signed certificate',
    )
    await expect(fleet.store([server.address], { ...limits, tls: true }).read(['k'])).rejects.toThrow(
      'memcached 127.0.0.1',
    )
    await expect(fleet.store([address], { ...limits }).read(['k'])).rejects.toThrow('memcached 127.0.0.1')
  })

  it('that cannot be made with the options given is a failure like others', async () => {
    const store = fleet.store([address], { tls: { minVersion: 'TLSv9' as 'TLSv1.3' } })
    await expect(store.read(['k'])).rejects.toThrow('TLSv9')
    await expect(store.read(['k'])).rejects.toThrow('TLSv9')
  })
})

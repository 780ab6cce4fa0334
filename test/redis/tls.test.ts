import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { CERTIFICATE, KEY } from '../memcached/tls-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-tls-'))
const port = await freePort()
const server = await startEncrypted()

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** `undefined` where this redis-server was built without TLS. */
async function startEncrypted(): Promise<RedisServer | undefined> {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(folder, name))
  writeFileSync(certificate!, CERTIFICATE)
  writeFileSync(key!, KEY)
  const files = ['--tls-cert-file', certificate!, '--tls-key-file', key!, '--tls-ca-cert-file', certificate!]
  const args = ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files]
  return startRedis({ args }).catch((error: Error) => {
    if (/tls-port|Bad directive|FATAL CONFIG/.test(error.message)) return undefined
    throw error
  })
}

describe.skipIf(server === undefined)('Redis over TLS', () => {
  it('is read and written, and its feed is heard, by URL and by options', async () => {
    const levels = [
      redis(`rediss://localhost:${port}`, { tls: { ca: CERTIFICATE } }),
      redis({ host: 'localhost', port, tls: { ca: CERTIFICATE } }),
    ]
    const [one, other] = levels.map((level) => createCache<string>({ levels: [memory(), level] }))
    await expect.poll(async () => (await one!.set('k', 'old')).ok, { timeout: 10_000 }).toBe(true)
    await expect.poll(() => other!.get('k'), { timeout: 10_000 }).toBe('old')
    expect((await one!.set('k', 'new')).ok).toBe(true)
    await expect.poll(() => other!.get('k'), { timeout: 4000 }).toBe('new')
    expect(other!.stats().levels[1]!.hearing).toBe('feed')
    await Promise.all([one!.close(), other!.close()])
  })

  it('is a failure of the level where the certificate is not trusted', async () => {
    const errors: string[] = []
    const cache = createCache<string>({ levels: [memory(), redis({ host: 'localhost', port, tls: true })] })
    cache.on((event) => {
      if (event.type === 'levelFailed') errors.push(String(event.error))
    })
    expect((await cache.set('k', 'v')).ok).toBe(false)
    const failures = async () => {
      await cache.get('missing')
      return errors.join()
    }
    await expect.poll(failures, { timeout: 5000 }).toMatch(/self.signed/)
    await cache.close()
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { createCache } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { CERTIFICATE } from '../memcached/tls-certificate.ts'
import { openTlsDoor } from '../memcached/tls-door.ts'
import { outcome, startWith } from './terrace.ts'

it('speaks TLS to Memcached where the target says so', async () => {
  const server = await startMemcached()
  const door = await openTlsDoor(server.port)
  const folder = mkdtempSync(join(tmpdir(), 'terrace-tls-'))
  const cache = createCache<string>({
    levels: [memcached({ nodes: [door.address], tls: { ca: CERTIFICATE }, timeout: '5s', connectTimeout: '5s' })],
  })
  onTestFinished(async () => {
    await cache.close()
    await door.close()
    await server.kill()
    rmSync(folder, { recursive: true })
  })
  const trusted = join(folder, 'ca.pem')
  writeFileSync(trusted, CERTIFICATE)
  const terrace = (...args: string[]) => outcome(startWith({ NODE_EXTRA_CA_CERTS: trusted }, ...args))
  const target = `memcacheds://${door.address}`
  await cache.set('k', 'the value')

  const inspected = await terrace('inspect', target, 'k')
  expect(inspected).toMatchObject({ code: 0, err: '' })
  expect(inspected.out).toContain('the value')
  expect(await terrace('invalidate', target, 'key', 'k', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await cache.get('k')).toBeUndefined()
  const examined = await terrace('doctor', target, '--json')
  expect(examined.err).toBe('')
  expect(examined.out).toMatch(/"steps"/)
  expect(examined.out).not.toMatch(/"fail"/)
}, 60_000)

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startCluster } from '../../servers/redis-cluster.ts'
import { startRedis } from '../../servers/redis-server.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { createCache } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { terrace } from './terrace.ts'

interface Told {
  readonly code: number | null
  readonly ok: boolean
  readonly findings: readonly Finding[]
  /** By check: the gravest verdict of any server. */
  readonly verdicts: Readonly<Record<string, string>>
}

async function examined(...args: string[]): Promise<Told> {
  const { code, out, err } = await terrace('doctor', ...args, '--pings', '5', '--json')
  expect(err).toBe('')
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] }
  const gravity = ['skip', 'ok', 'warn', 'fail']
  const verdicts: Record<string, string> = {}
  for (const { check, verdict } of findings) {
    if (gravity.indexOf(verdict) >= gravity.indexOf(verdicts[check] ?? 'skip')) verdicts[check] = verdict
  }
  // Whatever is not in order comes with a reason and a remedy.
  for (const { verdict, why, change } of findings) {
    expect(why).toMatch(/\.$/)
    expect(change !== null).toBe(verdict === 'warn' || verdict === 'fail')
  }
  return { code, ok, findings, verdicts }
}

describe('terrace doctor', () => {
  it('finds a well kept Redis in order, and leaves nothing behind', async () => {
    const server = await startRedis({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] })
    const { code, ok, verdicts } = await examined(server.url)
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    const { latency, ...others } = verdicts
    expect(['ok', 'warn']).toContain(latency)
    expect([...new Set(Object.values(others))]).toEqual(['ok'])
    expect(Object.keys(others)).toEqual(
      expect.arrayContaining([
        'reachable',
        'version',
        'role',
        'maxmemory',
        'eviction',
        'persistence',
        'clock',
        'steps',
        'feed',
      ]),
    )
    expect(await server.command('DBSIZE')).toBe('0')
    await server.close()
  })

  it('finds what is wrong with a Redis', async () => {
    const server = await startRedis({
      args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-random', '--maxclients', '10'],
    })
    await server.command('CONFIG', 'SET', 'save', '3600 1')
    const careless = await examined(server.url)
    expect(careless).toMatchObject({ code: 0, verdicts: { eviction: 'warn', persistence: 'warn', steps: 'ok' } })
    // Strict: what is to be looked at counts.
    expect((await terrace('doctor', server.url, '--pings', '5', '--strict')).code).toBe(1)
    await server.command('ACL', 'SETUSER', 'weak', 'on', '>pw', '~*', '&*', '+@all', '-evalsha', '-eval', '-config')
    const weak = await examined(`redis://weak:pw@127.0.0.1:${server.port}`)
    expect(weak).toMatchObject({ code: 1, ok: false, verdicts: { steps: 'fail', persistence: 'skip' } })
    expect(weak.findings.find(({ check }) => check === 'steps')!.change).toContain('~terrace:* &terrace:#feed*')
    await server.command('ACL', 'SETUSER', 'deaf', 'on', '>pw', '~*', '&other', '+@all')
    const deaf = await examined(`redis://deaf:pw@127.0.0.1:${server.port}`)
    expect(deaf.code).toBe(1)
    expect(deaf.verdicts.steps === 'fail' || deaf.verdicts.feed === 'fail').toBe(true)
    await server.command('REPLICAOF', '127.0.0.1', '1')
    const replica = await examined(server.url)
    expect(replica).toMatchObject({ code: 1, verdicts: { role: 'fail', steps: 'fail' } })
    await server.close()
    const away = await examined(`redis://u:PASS@127.0.0.1:${server.port}`)
    expect(away).toMatchObject({ code: 1, verdicts: { reachable: 'fail' } })
    expect(JSON.stringify(away)).not.toContain('PASS')
  })

  it('looks at each master of a cluster, at its slots and its replicas', async () => {
    const cluster = await startCluster({ masters: 3, replicas: 0 })
    const { code, verdicts, findings } = await examined(cluster.nodes[1]!.url)
    expect(code).toBe(0)
    expect(verdicts).toMatchObject({ slots: 'ok', nodes: 'warn', shards: 'ok', steps: 'ok', feed: 'ok' })
    expect(new Set(findings.flatMap(({ server }) => server ?? []))).toHaveLength(3)
    await cluster.masters[0]!.command('CLUSTER', 'DELSLOTS', '0')
    const holed = await examined(cluster.nodes[1]!.url)
    expect(holed.code).toBe(1)
    await cluster.close()
  })

  it('looks at Memcached', async () => {
    const [good, bad] = await Promise.all([startMemcached('-m', '128'), startMemcached('-C', '-I', '512k', '-M')])
    expect(await examined(`memcached://${good.address}`)).toMatchObject({
      code: 0,
      verdicts: { steps: 'ok', memory: 'ok' },
    })
    expect(await examined(`memcached://${good.address},${bad.address}`)).toMatchObject({
      code: 1,
      verdicts: { 'item-versions': 'fail', 'item-size': 'warn', memory: 'warn', steps: 'fail' },
    })
    await Promise.all([good.kill(), bad.kill()])
    expect(await examined(`memcached://${good.address}`)).toMatchObject({ code: 1, verdicts: { reachable: 'fail' } })
  })

  it('looks at a file, and at what is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'terrace-cli-'))
    const [path, foreign] = [join(folder, 'a.db'), join(folder, 'b.db')]
    const cache = createCache({ levels: [disk({ path, timeout: '30s' })] })
    await cache.set('a', 1)
    await cache.close()
    writeFileSync(foreign, 'x'.repeat(5000))
    expect(await examined(path)).toMatchObject({ verdicts: { file: 'ok', whole: 'ok', steps: 'ok', writable: 'ok' } })
    expect(await examined(foreign)).toMatchObject({ code: 1, verdicts: { file: 'fail' } })
    expect(await examined(join(folder, 'none', 'c.db'))).toMatchObject({ code: 1, verdicts: { folder: 'fail' } })
    // What is no file is named as it was typed, and never passed to the terminal as it is.
    const hostile = await terrace('doctor', join(folder, 'a\x1b[2J\u202e.db'))
    expect(hostile.out).toContain('a\\x1b[2J\\u202e.db')
    expect(hostile.out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    const text = await terrace('doctor', foreign)
    expect(text.out).toMatch(/^fail {2}file: /m)
    expect(text.out).toMatch(/^ {6}→ Remove it/m)
    expect(text.out).not.toContain('\x1b')
    rmSync(folder, { recursive: true, force: true })
  })
})

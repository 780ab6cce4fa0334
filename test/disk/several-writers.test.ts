import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { folder } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

function open(path: string): MultiLevelCache<number> {
  return createCache<number>({ levels: [memory(), disk({ path, timeout: '20s' })], ttl: '1h' })
}

it('thousands of sets in one go, beside one of another process, are all kept', async () => {
  const path = at('import.db')
  const [a, b] = [open(path), open(path)]
  const wrong: string[] = []
  for (const cache of [a, b])
    cache.on(({ type }) => {
      if (type === 'lost' || type === 'levelFailed') wrong.push(type)
    })
  await a.set('warm', 1)
  await b.set('one', 1)
  const keys = Array.from({ length: 3000 }, (_, n) => `k${n}`)
  for (const [n, key] of keys.entries()) expect(await a.set(key, n)).toMatchObject({ ok: true })
  expect(await b.getMany(keys)).toEqual([...keys.keys()])
  expect(await a.getMany(keys)).toEqual([...keys.keys()])
  expect(await open(path).getMany(keys)).toEqual([...keys.keys()])
  expect(await a.get('one')).toBe(1)
  expect(wrong).toEqual([])
  await Promise.all([a.close(), b.close()])
})

it('three processes write to one file at once, and lose nothing', { timeout: 120_000 }, async () => {
  const path = at('shared.db')
  const script = fileURLToPath(new URL('children/setter.ts', import.meta.url))
  const printed = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const child = spawn(process.execPath, [script, path, name, '2000'], { stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      await once(child, 'close')
      expect(child.exitCode).toBe(0)
      return text.split('\n').slice(0, -1)
    }),
  )
  const lines = printed.flat()
  expect(lines.filter((line) => line.startsWith('wrong'))).toEqual([])
  const keys = lines.filter((line) => line.startsWith('set ')).map((line) => line.slice(4))
  expect(keys.length).toBe(6000)
  const cache = open(path)
  expect(await cache.getMany(keys)).toEqual(keys.map((key) => Number(key.split(':')[1])))
  expect(await cache.get('visits')).toBe(600)
  await cache.close()
})

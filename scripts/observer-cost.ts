// What a dashboard costs the process that it watches, by the processor time of the whole process: the same reads
// in slices that take turns. `--against FOLDER` (another copy of the sources) compares hits with nothing attached.
//   node scripts/observer-cost.ts [--pairs 1000] [--against /tmp/before] [--no-advice]
import { join } from 'node:path'
import { dashboard } from '../src/dashboard/index.ts'
import * as present from '../src/index.ts'
import { ScriptFlags } from './script-flags.ts'

const flags = new ScriptFlags('node scripts/observer-cost.ts [--pairs N] [--against FOLDER] [--no-advice]', {
  pairs: 'one',
  against: 'one',
  'no-advice': 'switch',
})
const pairs = flags.whole('pairs', 1000, 1)
const against = flags.one('against')
const SECONDS = 10
const KEYS = Array.from({ length: 10_000 }, (_, n) => `user:${n}`)
/** Reads of a slice. Slices are short: what disturbs one of them is seen, and does not count. */
const SLICE = 20_000

type Module = Pick<typeof present, 'createCache' | 'memory'>
type Cache = ReturnType<typeof present.createCache>

/** A copy of before has no live advice to switch off. */
async function filled({ createCache, memory }: Module): Promise<Cache> {
  const advice = flags.has('no-advice') ? { advice: false } : {}
  const cache = createCache({ levels: [memory({ maxEntries: 20_000 })], ...advice }) as Cache
  for (const key of KEYS) await cache.set(key, key)
  return cache
}

let seed = 1
async function read(cache: Cache, reads: number): Promise<void> {
  for (let n = 0; n < reads; n++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    // Popular keys are more popular: the product of two.
    await cache.get(KEYS[Math.floor(((seed >>> 16) * (seed & 0xffff)) / 429_497)]!)
  }
}

/** Microseconds of the processor for what `work` does. */
async function cpu(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** The fifth part of the numbers is smaller: whatever else goes on makes slices longer, never shorter. */
function quick(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 5)]!
}

/** Nanoseconds of a read of each cache, in slices that take turns. */
async function compared(one: Cache, other: Cache): Promise<readonly [number, number]> {
  const ones: number[] = []
  const others: number[] = []
  for (let n = -20; n < pairs; n++) {
    const both = [
      [one, ones],
      [other, others],
    ] as const
    for (const [cache, spent] of n % 2 === 0 ? both : both.toReversed()) {
      const us = await cpu(() => read(cache, SLICE))
      // The first ones warm up.
      if (n >= 0) spent.push((us * 1000) / SLICE)
    }
    // Timers have their turn between slices.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return [quick(ones), quick(others)]
}

if (against !== undefined) {
  const before = await filled((await import(join(against, 'src/index.ts'))) as Module)
  const now = await filled(present)
  const [was, is] = await compared(before, now)
  console.log(
    `a hit with nothing attached: before ${was.toFixed(1)} ns, now ${is.toFixed(1)} ns, ratio ${(is / was).toFixed(3)}`,
  )
  await Promise.all([before.close(), now.close()])
}

const views: Readonly<Record<string, { readonly most: number; readonly polls: readonly string[] }>> = {
  'no page open': { most: -1, polls: [] },
  'the page of figures': { most: 0, polls: ['api/stats'] },
  'the levels at work': { most: 100, polls: ['api/levels?most=2000'] },
}
for (const [view, { most, polls }] of Object.entries(views)) {
  const [bare, watched] = [await filled(present), await filled(present)]
  const panel = dashboard(watched, { authorize: () => true })
  const get = (path: string): Promise<Response> => panel.fetch(new Request(`http://localhost/${path}`))
  const reader = most < 0 ? undefined : (await get(`api/events?most=${most}`)).body!.getReader()
  const drained = (async () => {
    while (reader !== undefined && !(await reader.read()).done);
  })()
  const [alone, seen] = await compared(bare, watched)
  // What it does each second besides, however much is read: reads go on slowly, so that there is something to tell.
  const timer = setInterval(() => {
    for (const path of polls) {
      get(path).then(
        (response) => response.text(),
        (error: unknown) => console.error(error),
      )
    }
  }, 1500)
  const each = await cpu(() => trickle(watched, SECONDS))
  clearInterval(timer)
  const idle = await cpu(() => trickle(bare, SECONDS))
  const perHit = seen - alone
  const perSecond = Math.max(0, each - idle) / SECONDS / 1000
  const share = (perHit * 1e6) / 1e9 + perSecond / 1000
  console.log(
    `${view}: a hit ${alone.toFixed(1)} ns alone, ${seen.toFixed(1)} watched (${perHit.toFixed(1)} more); ` +
      `${perSecond.toFixed(2)} ms a second besides; at a million reads a second ${(share * 100).toFixed(2)} % of a processor`,
  )
  await reader?.cancel()
  await drained
  panel.close()
  await Promise.all([bare.close(), watched.close()])
}

/** A thousand reads a second. */
async function trickle(cache: Cache, seconds: number): Promise<void> {
  for (let n = 0; n < seconds * 10; n++) {
    await read(cache, 100)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

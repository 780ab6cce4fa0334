// How soon, and at what cost, the caches of other processes hear of an invalidation.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Progress } from '../../progress.mjs'
import { median, quantile } from '../../statistics.mjs'

const NODE = fileURLToPath(new URL('node.mjs', import.meta.url))
const PER_SECOND = 1000
const SECONDS = 4
/** Caches in all, the one that invalidates included: in so many processes beside its own. */
const FLEETS = [
  { nodes: 2, processes: 1 },
  { nodes: 8, processes: 2 },
  { nodes: 32, processes: 4 },
]
const SETTLE_MS = 500

class Node {
  #child
  constructor(port, caches) {
    this.caches = caches
    this.#child = fork(NODE, [String(port), String(caches)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  }

  async ask(order, rest = {}) {
    this.#child.send({ order, ...rest })
    const [answer] = await once(this.#child, 'message')
    return answer
  }

  end() {
    this.#child.kill('SIGKILL')
  }
}

function share(caches, processes) {
  return Array.from({ length: processes }, (_, n) => Math.floor((caches + n) / processes))
}

async function measureFleet(redis, { nodes, processes }, round) {
  const sender = new Node(redis.port, 1)
  const listeners = share(nodes - 1, processes).map((caches) => new Node(redis.port, caches))
  const all = [sender, ...listeners]
  try {
    await Promise.all(all.map((node) => node.ask('warm')))
    await sender.ask('invalidate', { run: `warm ${round}`, perSecond: PER_SECOND, seconds: 1 })
    await pause(SETTLE_MS)
    // What they do without anything to hear of is no cost of hearing.
    await Promise.all(all.map((node) => node.ask('begin')))
    await pause(1000)
    const idle = sum((await Promise.all(listeners.map((node) => node.ask('end')))).map(({ cpu }) => cpu))
    await Promise.all(all.map((node) => node.ask('begin')))
    const sent = new Map(
      await sender.ask('invalidate', { run: `run ${round}`, perSecond: PER_SECOND, seconds: SECONDS }),
    )
    await pause(SETTLE_MS)
    const answers = await Promise.all(all.map((node) => node.ask('end')))
    const delays = []
    let missed = 0
    for (const { heard } of answers.slice(1)) {
      for (const moments of heard) {
        const at = new Map(moments)
        for (const [key, moment] of sent) {
          if (at.has(key)) delays.push(at.get(key) - moment)
          else missed++
        }
      }
    }
    const notices = sent.size * (nodes - 1)
    const spent = sum(answers.slice(1).map(({ cpu }) => cpu)) - idle * (SECONDS + SETTLE_MS / 1000)
    return {
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      longest: quantile(delays, 1),
      missed,
      cpuPerNotice: spent / notices,
      cpuPerInvalidation: answers[0].cpu / sent.size,
    }
  } finally {
    for (const node of all) node.end()
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

/** Nodes → delays in milliseconds from the call to the event, and processor time in microseconds. */
export async function runFeed(redis, rounds) {
  const progress = new Progress('feed', rounds * FLEETS.length)
  const measured = {}
  for (let round = 0; round < rounds; round++) {
    for (const fleet of FLEETS) {
      progress.step(`round ${round + 1}, ${fleet.nodes} nodes`)
      measured[fleet.nodes] ??= []
      measured[fleet.nodes].push(await measureFleet(redis, fleet, round))
    }
  }
  const figures = {}
  for (const [nodes, results] of Object.entries(measured)) {
    const of = (what) => median(results.map((result) => result[what]))
    figures[nodes] = {
      p50: of('p50'),
      p99: of('p99'),
      longest: of('longest'),
      missed: sum(results.map(({ missed }) => missed)),
      cpuPerNotice: of('cpuPerNotice'),
      cpuPerInvalidation: of('cpuPerInvalidation'),
    }
  }
  return { perSecond: PER_SECOND, figures }
}

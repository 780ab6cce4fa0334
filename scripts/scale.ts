// node scripts/scale.ts [--nodes 1000] [--rate 20] [--seconds 20] [--loss 0.01] [--shards 1] [--staleness 5000]
// A whole fleet in virtual time: the real protocol of shared levels over a simulated server. Counts what
// the server is asked and tells, and how long after an invalidation the others know of it.
import { LedgerStore } from '../src/coherence/ledger-store.ts'
import type { Scope } from '../src/entry/scope.ts'
import { FakeWorld } from '../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../src/testing/simulated-ledger-server.ts'
import { ScriptFlags } from './script-flags.ts'

const flags = new ScriptFlags(
  'node scripts/scale.ts [--nodes N] [--rate N] [--seconds N] [--loss SHARE] [--shards N] [--staleness MS]',
  { nodes: 'one', rate: 'one', seconds: 'one', loss: 'one', shards: 'one', staleness: 'one' },
)
const nodes = flags.whole('nodes', 1000, 2)
const rate = flags.whole('rate', 20, 1)
const seconds = flags.whole('seconds', 20, 1)
const shards = flags.whole('shards', 1, 1)
const staleness = flags.whole('staleness', 5000, 1)
const loss = Number(flags.one('loss') ?? '0.01')
if (!(loss >= 0 && loss <= 1)) flags.refuse(`--loss: expected a share from 0 to 1, got '${flags.one('loss')}'`)

/** Milliseconds to the server and back, and of a notice: those of one data centre. */
const ROUND_TRIP = 1
const STEP = 1

const world = new FakeWorld(1)
const server = new SimulatedLedgerServer(world, { shards })
const calls = new Map<string, number>()
let notices = 0
let lost = 0

/** When each key was invalidated, and how long after that each of the others knew. */
const invalidatedAt = new Map<string, number>()
const delays: number[] = []

function count(call: string): void {
  calls.set(call, (calls.get(call) ?? 0) + 1)
}

function connect(): LedgerStore {
  const ledger = server.connect({
    fate: (call) => {
      count(call)
      return { effect: ROUND_TRIP / 2, answer: ROUND_TRIP }
    },
    arrivals: () => {
      notices++
      if (world.random() >= loss) return [ROUND_TRIP / 2 + world.random()]
      lost++
      return []
    },
  })
  const store = new LedgerStore(ledger, { timeout: 250, maxStaleness: staleness }, world)
  store.follow({
    carriesOn: false,
    invalidated: (scopes: readonly Scope[]) => {
      for (const scope of scopes) {
        const at = scope.kind === 'key' ? invalidatedAt.get(scope.key) : undefined
        if (at !== undefined) delays.push(world.mono() - at)
      }
    },
    lost: () => undefined,
    met: () => undefined,
    hearingChanged: () => undefined,
    unannounced: () => undefined,
    owed: () => () => undefined,
    settled: () => undefined,
  })
  return store
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP) {
    world.advance(STEP)
    await world.settle()
  }
}

const fleet: LedgerStore[] = []
for (let n = 0; n < nodes; n++) {
  fleet.push(connect())
  // They do not all start in the same instant.
  if (n % 10 === 9) await pass(STEP)
}
await pass(2000)
calls.clear()
notices = 0
lost = 0

const began = performance.now()
let made = 0
for (let passed = 0; passed < seconds * 1000; passed += STEP) {
  while (made < ((passed + STEP) / 1000) * rate) {
    const key = `key:${made++}`
    invalidatedAt.set(key, world.mono())
    world.background(fleet[Math.floor(world.random() * nodes)]!.raise([{ kind: 'key', key }]), 'invalidating')
  }
  await pass(STEP)
}
const during = new Map(calls)
const told = notices
await pass(staleness)

delays.sort((a, b) => a - b)
const quantile = (q: number) => (delays[Math.floor((delays.length - 1) * q)] ?? Number.NaN).toFixed(1)
const perSecond = (n: number) => (n / seconds).toFixed(0)
console.log(
  `${nodes} nodes, ${shards} shards, ${rate} invalidations a second for ${seconds} s, ${loss * 100} % of the notices lost`,
)
console.log(`asked a second: ${[...during].map(([call, n]) => `${call} ${perSecond(n)}`).join(', ')}`)
console.log(`notices a second: ${perSecond(told)}, of which lost ${perSecond(lost)}`)
console.log(
  `known elsewhere after: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, p99.9 ${quantile(0.999)} ms, longest ${quantile(1)} ms`,
)
console.log(`never known: ${made * (nodes - 1) - delays.length} of ${made * (nodes - 1)}`)
console.log(`(simulated in ${((performance.now() - began) / 1000).toFixed(0)} s)`)
await Promise.all(fleet.map((store) => store.close()))

// Holds measured figures against the targets.
import { PLAIN } from './features/subjects.mjs'
import { showSize } from './options.mjs'
import { MODES, NEAR, RAW } from './remote/contenders.mjs'
import { targets } from './targets.mjs'
import { MODES as MODE_NAMES } from './tiered/modes.mjs'

const known = (value) => value !== undefined && value !== null

/** The cell that is worst off speaks for all that a target names. */
function speed({ peer, sizes, workloads, atMost }, { figures }) {
  const cells = sizes.flatMap((size) =>
    workloads.map((workload) => ({ size, workload, value: figures[size]?.[workload]?.[peer]?.toLruCache })),
  )
  const measured = cells.filter(({ value }) => known(value)).sort((a, b) => b.value - a.value)
  if (measured.length === 0) return undefined
  const [{ size, workload, value }] = measured
  const among = measured.length > 1 ? `worst of ${measured.length}: ` : ''
  const what = `${peer}, ${showSize(size)}: ${among}${workload}`
  return { what, value, bound: `at most ${atMost.toFixed(2)} of lru-cache's time`, pass: value <= atMost }
}

function hitRatio({ peer, sizes, workload }, { figures }) {
  const leads = sizes.map((size) => {
    const row = figures[size]?.[workload]
    return { size, lead: row?.[peer]?.hitRatio - row?.['lru-cache']?.hitRatio }
  })
  const measured = leads.filter(({ lead }) => Number.isFinite(lead)).sort((a, b) => a.lead - b.lead)
  if (measured.length === 0) return undefined
  const [{ size, lead }] = measured
  const what = `${peer}, ${showSize(size)}: hit ratio of ${workload} less lru-cache's, in points`
  return { what, value: 100 * lead, bound: 'above 0', pass: lead > 0 }
}

function memory({ peer, state, atMost }, { figures }) {
  const value = figures[peer]?.[state] / figures['lru-cache']?.[state]
  if (!Number.isFinite(value)) return undefined
  const what = `${peer}: bytes per entry, ${state === 'full' ? 'full' : 'after churn'}`
  return { what, value, bound: `at most ${atMost.toFixed(2)} of lru-cache's`, pass: value <= atMost }
}

function pauses({ peer, phase, atMost }, { figures }) {
  const value = figures[peer]?.[phase].longestBeyond
  if (!known(value)) return undefined
  const what = `${peer}: longest pause beyond the collector's, ${phase === 'load' ? 'mixed load' : 'growing'}`
  return { what, value, bound: `at most ${atMost} ms`, pass: value <= atMost }
}

function scaling({ peer, workload }, { figures }) {
  const growth = (contender) => figures[workload]?.[contender]?.[1e7] - figures[workload]?.[contender]?.[1e3]
  const value = growth(peer)
  const most = growth('map')
  if (!Number.isFinite(value) || !Number.isFinite(most)) return undefined
  const what = `${peer}: ns that a ${workload} costs more at 10M than at 1k`
  return { what, value, bound: `at most a Map's ${Math.round(most)}`, pass: value <= most }
}

function allocation({ peer, atMost }, { figures }) {
  const result = figures[peer]
  if (!result) return undefined
  const { hits, collections, bytesPerHit } = result
  const what = `${peer}: bytes per hit, ${hits / 1e6} million hits, ${collections} collections`
  // One collection may be due for what was allocated before.
  const pass = collections <= 1 && bytesPerHit <= atMost
  return { what, value: bytesPerHit, bound: `at most ${atMost}, and 1 collection`, pass }
}

function async({ call, mode, atLeast }, { figures }) {
  const value = figures[call]?.[mode].ratio
  if (!known(value)) return undefined
  const what = `${call}, ${mode === 'alone' ? 'one at a time' : '100 in flight'}: rate`
  return { what, value, bound: `at least ${atLeast} of a bare async function's`, pass: value >= atLeast }
}

function advice({ size, mode, atMost }, { figures }) {
  const value = figures[size]?.advice?.[mode].ratio
  if (!known(value)) return undefined
  const what = `live advice, ${showSize(size)} keys, ${mode === 'alone' ? 'one at a time' : '100 in flight'}: time of a hit`
  return { what, value, bound: `at most ${atMost} of that without`, pass: value <= atMost }
}

/** The cell that is worst off speaks for all, held against an earlier version where one was measured. */
function features({ subject, atLeast }, { figures, changes }) {
  const calls = changes[subject] ?? figures[subject] ?? {}
  const cells = Object.entries(calls).flatMap(([call, modes]) =>
    Object.entries(modes).map(([mode, { ratio }]) => ({ name: `${call}, ${MODE_NAMES[mode]}`, value: ratio })),
  )
  const measured = cells.filter(({ value }) => known(value)).sort((a, b) => a.value - b.value)
  // The plain cache beside itself tells nothing.
  if (measured.length === 0 || (subject === PLAIN && changes[subject] === undefined)) return undefined
  const [{ name, value }] = measured
  const bound = `at least ${atLeast} of ${changes[subject] ? 'what it was before' : "the plain cache's"}`
  return { what: `${subject}, worst of ${measured.length}: ${name}: rate`, value, bound, pass: value >= atLeast }
}

function remote({ store, mode, atLeast }, { stores }) {
  const value = stores[store].figures.terrace?.[mode]?.ratio
  if (!known(value)) return undefined
  const what = `terrace over ${store}, ${MODES[mode]}: rate`
  return { what, value, bound: `at least ${atLeast} of that of "${RAW[store]}"`, pass: value >= atLeast }
}

function remotePeers({ mode, atLeast }, { stores }) {
  const { terrace, ...others } = stores.redis.figures
  const peers = Object.entries(others).filter(
    ([name, cells]) => !name.startsWith('ioredis') && known(cells[mode]?.rate),
  )
  const [best] = peers.sort(([, a], [, b]) => b[mode].rate - a[mode].rate)
  const value = terrace?.[mode]?.rate / best?.[1][mode].rate
  if (!Number.isFinite(value)) return undefined
  const what = `terrace over redis, ${MODES[mode]}: rate`
  return { what, value, bound: `at least ${atLeast} of the best peer's, ${best[0]}`, pass: value >= atLeast }
}

function remoteNear({ mode, atLeast }, { near }) {
  const value = near.figures[NEAR.shared]?.[mode]?.ratio
  if (!known(value)) return undefined
  const what = `${NEAR.shared}, hit of level 1, ${MODES[mode]}: rate`
  return { what, value, bound: `at least ${atLeast} of that without`, pass: value >= atLeast }
}

function remoteFeed({ nodes, atMost }, { feed }) {
  const { p99, missed } = feed.figures[nodes] ?? {}
  if (!known(p99)) return undefined
  const what = `feed, ${nodes} caches, ${feed.perSecond} invalidations a second: p99, ${missed} never heard`
  return { what, value: p99, bound: `at most ${atMost} ms, and none`, pass: p99 <= atMost && missed === 0 }
}

const remotes = { 'remote peers': remotePeers, 'remote near': remoteNear, 'remote feed': remoteFeed }

const inMemory = { speed, 'hit ratio': hitRatio, memory, pauses, scaling, allocation }
const judges = { ...inMemory, async, advice, features, remote, ...remotes }

/** Where the figures are of what is no part of its own. */
const SOURCES = { 'hit ratio': 'speed', 'remote peers': 'remote', 'remote near': 'remote', 'remote feed': 'remote' }

/** The verdict on every target whose figures were measured. */
export function judge(results) {
  const verdicts = []
  for (const target of targets) {
    const figures = results[SOURCES[target.part] ?? target.part]
    const verdict = figures && judges[target.part](target, figures)
    if (verdict) verdicts.push(verdict)
  }
  return verdicts
}

const show = ({ what, value, bound, pass }) => `${pass ? 'PASS' : 'FAIL'}  ${what}: ${value.toPrecision(3)} (${bound})`

export function showVerdicts(verdicts) {
  if (verdicts.length === 0) return 'No target was measured.'
  const reached = verdicts.filter((verdict) => verdict.pass).length
  return ['```', ...verdicts.map(show), `${reached} of ${verdicts.length} targets reached`, '```'].join('\n')
}

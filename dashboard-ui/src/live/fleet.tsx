import type { JSX } from 'preact'
import type { Fleet, FleetLevel } from '../../../src/dashboard/protocol.ts'
import { toneOf } from '../stage/tone.ts'
import type { Connection } from './connection.ts'
import { Given } from './given.tsx'
import { Nodes } from './nodes.tsx'
import { usePolled } from './polled.ts'
import { answering, Servers, Standing } from './servers.tsx'
import { amount, bytes } from './words.ts'

/** Levels and the servers behind them: whether they answer, and what they say of themselves. */
export function FleetView({ connection }: { connection: Connection }): JSX.Element {
  const { data, error } = usePolled<Fleet>(connection, 'fleet', 3000)
  const fleet = data.value
  if (fleet === undefined) return <p class="quiet">{error.value === '' ? 'Asking …' : error}</p>
  return (
    <div class="fleet">
      <p class="quiet">
        As <Given text={fleet.process} /> sees it.
      </p>
      <Nodes fleet={fleet.nodes} levels={fleet.levels.map(({ name }) => name)} />
      {fleet.levels.map((level, n) => (
        <LevelCard key={level.name} level={level} n={n} />
      ))}
    </div>
  )
}

function LevelCard({ level, n }: { level: FleetLevel; n: number }): JSX.Element {
  const { name, hearing, proven, pending, policy, maxEntries, maxBytes, server } = level
  const facts = [
    policy,
    maxEntries === null ? null : `at most ${amount(maxEntries)} entries`,
    maxBytes === null ? null : `at most ${bytes(maxBytes)}`,
    hearing === null
      ? 'of this process alone'
      : hearing === 'nothing'
        ? 'hears of no changes'
        : `hears of changes by ${hearing}`,
    proven === null ? null : proven ? 'known to be current' : 'not proven to be current',
    pending > 0 ? `${amount(pending)} invalidations pending` : null,
  ].filter((fact) => fact !== null)
  return (
    <section class={`card level-${toneOf(n)} member`} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <LevelStanding level={level} />
      </header>
      <p>{facts.join(' · ')}</p>
      {server !== null && <Servers server={server} />}
    </section>
  )
}

/** Whether a level answers; where it has several servers, how many of them do. */
function LevelStanding({ level: { breakerState, server } }: { level: FleetLevel }): JSX.Element {
  if (breakerState === 'probing') return <Standing isWell={false}>is being tried</Standing>
  const { up, all } = server === null ? { up: 1, all: 1 } : answering(server)
  const some = up < all ? `${up} of ${all} nodes answer` : 'answers'
  if (breakerState === 'closed') return <Standing isWell={up === all}>{some}</Standing>
  return <Standing isWell={false}>{up > 0 && up < all ? `not asked: ${some}` : 'does not answer'}</Standing>
}

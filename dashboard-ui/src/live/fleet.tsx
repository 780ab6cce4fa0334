import type { JSX } from 'preact'
import type { Fleet, FleetLevel, ServerText } from '../../../src/dashboard/protocol.ts'
import type { Connection } from './connection.ts'
import { Nodes } from './nodes.tsx'
import { usePolled } from './polled.ts'
import { amount, bytes, lasting, percent } from './words.ts'

/** Levels and the servers behind them: whether they answer, and what they say of themselves. */
export function FleetView({ connection }: { connection: Connection }): JSX.Element {
  const { data, error } = usePolled<Fleet>(connection, 'fleet', 3000)
  const fleet = data.value
  if (fleet === undefined) return <p class="quiet">{error.value === '' ? 'Asking …' : error}</p>
  return (
    <div class="fleet">
      <p class="quiet">As {fleet.process} sees it.</p>
      <Nodes fleet={fleet.nodes} levels={fleet.levels.map(({ name }) => name)} />
      {fleet.levels.map((level, n) => (
        <LevelCard key={level.name} level={level} n={n} />
      ))}
    </div>
  )
}

function LevelCard({ level, n }: { level: FleetLevel; n: number }): JSX.Element {
  const { name, breakerState, hearing, proven, pending, policy, maxEntries, maxBytes, server } = level
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
    <section class={`card level-${(n % 4) + 1} member`} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span class={`state ${breakerState}`}>
          {breakerState === 'closed' ? 'answers' : breakerState === 'probing' ? 'is being tried' : 'does not answer'}
        </span>
      </header>
      <p>{facts.join(' · ')}</p>
      {server !== null && <Servers server={server} />}
    </section>
  )
}

function Servers({ server }: { server: ServerText }): JSX.Element {
  const all = server.nodes.length === 0 ? [server] : server.nodes
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" aria-label="Servers, as a table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th>Server</th>
            <th>Up</th>
            <th>Keys</th>
            <th>Memory</th>
            <th>Hit ratio</th>
            <th>Evicted</th>
            <th>Clients</th>
          </tr>
        </thead>
        <tbody>
          {all.map((each, n) => (
            <tr key={n}>
              <th scope="row">
                {each.address ?? ''} <span class="quiet">{each.server}</span>
              </th>
              <td>{lasting(each.uptime)}</td>
              <td>{amount(each.keys)}</td>
              <td>
                {bytes(each.memory)}
                {each.maxMemory === null || each.maxMemory === 0 ? '' : ` of ${bytes(each.maxMemory)}`}
              </td>
              <td>{percent(each.hitRatio)}</td>
              <td>{amount(each.evictions)}</td>
              <td>{amount(each.clients)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

import type { JSX } from 'preact'
import type { FleetNodes, NodeLevelText, NodeText } from '../../../src/dashboard/protocol.ts'
import { toneOf } from '../stage/tone.ts'
import { Given } from './given.tsx'
import { amount, lasting, percent } from './words.ts'

/** Who shares levels with the process that answers, as far as they tell. */
export function Nodes({ fleet, levels }: { fleet: FleetNodes; levels: readonly string[] }): JSX.Element {
  return (
    <section class="card" aria-labelledby="processes">
      <h2 id="processes">Processes</h2>
      <p class="quiet">{standing(fleet, levels)}</p>
      {fleet.nodes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll" aria-label="Processes, as a table" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>Process</th>
                <th>Up</th>
                <th>Reads a second</th>
                <th>Hit ratio</th>
                <th>By level</th>
                <th title="Invalidations that a level has missed and not yet been told">Pending</th>
                <th title="There and back, over the feed">Feed lag</th>
                <th>Version</th>
              </tr>
            </thead>
            <tbody>
              {fleet.nodes.map((node) => (
                <NodeRow key={node.id} node={node} isHeard={fleet.isHeard} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

function standing({ over, nodes, isHeard, isCrowded }: FleetNodes, levels: readonly string[]): string {
  if (over.length === 0) return 'No level here has a feed: other processes cannot be seen.'
  const feeds = over.map((n) => levels[n] ?? '?').join(' and ')
  if (nodes.length === 0) return `Asking over the feed of ${feeds} who is there …`
  const many = isCrowded ? ' There are more than can be listed.' : ''
  const deaf = isHeard
    ? ''
    : ' This process does not hear its own answers: the feed is silent, and others cannot be heard.'
  const here = nodes.filter(({ isGone }) => !isGone).length
  return `${here} ${here === 1 ? 'process answers' : 'processes answer'} over the feed of ${feeds}, asked while this page is open.${many}${deaf}`
}

function NodeRow({ node, isHeard }: { node: NodeText; isHeard: boolean }): JSX.Element {
  const { cache, process, version, isThis, isGone, lag, readsPerSecond, hitRatio, uptime, levels, silence } = node
  const pending = levels.reduce((sum, level) => sum + level.pending, 0)
  return (
    <tr class={isGone ? 'gone' : ''}>
      <th scope="row">
        <Given text={process} />{' '}
        <span class="quiet">
          <Given text={cache} />
        </span>
        {isThis && <span class="quiet"> · answers this page</span>}
        {isGone && <b class="silent">{isHeard ? ` gone, silent for ${lasting(silence)}` : ' not heard'}</b>}
      </th>
      <td>{lasting(uptime)}</td>
      <td>{amount(readsPerSecond)}</td>
      <td>{percent(hitRatio)}</td>
      <td>
        {levels.map((level, n) => (
          <span class={`node-level level-${toneOf(n)}`} key={n}>
            <Given text={level.name} /> {percent(level.hitRatio)}
            {doubts(level)}
          </span>
        ))}
      </td>
      <td>{amount(pending)}</td>
      <td>{lasting(lag)}</td>
      <td>{version}</td>
    </tr>
  )
}

/** What is wrong with a level, as that process sees it. */
function doubts({ breakerState, proven }: NodeLevelText): string {
  if (breakerState !== 'closed') return breakerState === 'open' ? ' (does not answer)' : ' (is being tried)'
  return proven === false ? ' (not proven to be current)' : ''
}

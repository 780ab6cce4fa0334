import type { JSX } from 'preact'
import type { LevelColumns, Told } from '../../../src/dashboard/protocol.ts'
import { lasting } from './words.ts'

interface BreakersProps {
  /** When each interval ended. */
  readonly at: readonly number[]
  /** How long an interval is. */
  readonly step: number
  readonly levels: readonly LevelColumns<readonly Told[]>[]
  readonly names: readonly string[]
}

const CLOSED = 0
const OPEN = 2
/** How high a piece of the strip is, by state: told apart without colours, too. */
const HEIGHTS = [3, 7, 12]
const TALL = 12
const CLASSES = ['asked', 'tried', 'cut']

/** When each level was asked, was being tried again, and was not asked, as a strip for each, and in words. */
export function Breakers({ at, step, levels, names }: BreakersProps): JSX.Element {
  return (
    <figure class="chart card breakers">
      <figcaption>Breakers: when levels could be asked</figcaption>
      <p class="quiet">low: could be asked · half: being tried again · full: not asked</p>
      {levels.map(({ breaker }, n) => (
        <div key={n}>
          <p>
            <b>{names[n] ?? `L${n + 1}`}</b> {inWords(at, step, breaker)}
          </p>
          <svg viewBox={`0 0 ${Math.max(1, at.length)} ${TALL}`} preserveAspectRatio="none" aria-hidden="true">
            {runsOf(breaker).map(({ state, from, to }) => {
              const height = HEIGHTS[state]!
              return (
                <rect key={from} class={CLASSES[state]} x={from} y={TALL - height} width={to - from} height={height} />
              )
            })}
          </svg>
        </div>
      ))}
    </figure>
  )
}

interface Run {
  readonly state: number
  readonly from: number
  readonly to: number
}

/** Intervals beside each other that are alike, as one. */
function runsOf(states: readonly Told[]): readonly Run[] {
  const runs: Run[] = []
  for (const [n, each] of states.entries()) {
    const state = each ?? CLOSED
    const last = runs.at(-1)
    if (last?.state === state) runs[runs.length - 1] = { ...last, to: n + 1 }
    else runs.push({ state, from: n, to: n + 1 })
  }
  return runs
}

function inWords(at: readonly number[], step: number, states: readonly Told[]): string {
  const of = (wanted: number): string => lasting(states.filter((state) => state === wanted).length * step)
  const last = states.findLastIndex((state) => state !== null && state !== CLOSED)
  if (last === -1) return 'could be asked all the time'
  const when = new Date(at[last]!).toLocaleTimeString('en', { hourCycle: 'h23' })
  const now = states[last] === OPEN ? 'and still is not' : 'and is being tried now'
  const until = last === states.length - 1 ? now : `the last time at ${when}`
  const tried = states.some((state) => state === 1) ? `, tried again for ${of(1)}` : ''
  return `was not asked for ${of(OPEN)}${tried}, ${until}`
}

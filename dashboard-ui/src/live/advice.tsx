import type { JSX } from 'preact'
import type { AdviceAnswer, LevelAdvice, Told } from '../../../src/dashboard/protocol.ts'
import { Chart } from './chart.tsx'
import type { Connection } from './connection.ts'
import { usePolled } from './polled.ts'
import { amount, bytes, percent } from './words.ts'

const COLOURS = ['accent', 'level-2', 'level-3', 'level-4', 'earth', 'warm']

/** What another size or policy would bring, measured while the cache runs. */
export function AdviceView({ connection }: { connection: Connection }): JSX.Element {
  const { data, error } = usePolled<AdviceAnswer>(connection, 'advice', 10_000)
  const advice = data.value
  if (advice === undefined) return <p class="quiet">{error.value === '' ? 'Asking …' : error}</p>
  if (advice.levels.length === 0) return <p class="card quiet">{advice.why ?? 'Nothing is measured yet.'}</p>
  return (
    <div class="advice">
      {advice.levels.map((level) => (
        <Level
          key={level.level}
          level={level}
          name={connection.cache.value?.levels[level.level] ?? `L${level.level + 1}`}
        />
      ))}
    </div>
  )
}

function Level({ level, name }: { level: LevelAdvice; name: string }): JSX.Element {
  const { curves, unit, size, hitRatio, policy, advice } = level
  const inUnit = (n: number): string => (unit === 'bytes' ? bytes(n) : amount(n))
  const sizes = [...new Set(curves.flatMap((curve) => curve.sizes))].sort((a, b) => a - b)
  const lines = curves.map((curve, n) => {
    const at = new Map(curve.sizes.map((each, i) => [each, curve.ratios[i]!]))
    const values = sizes.map((each): Told => at.get(each) ?? null)
    return { label: curve.policy, colour: COLOURS[n % COLOURS.length]!, values, isDashed: curve.policy !== policy }
  })
  return (
    <section aria-label={`Advice for ${name}`}>
      <ul class="card counsel">
        {advice.length === 0 && <li>No other size or policy measured would serve {name} better.</li>}
        {advice.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <Chart
        title={`${name}: hit ratio over size (now ${inUnit(size)}, ${percent(hitRatio)})`}
        x={sizes}
        lines={lines}
        format={percent}
        most={1}
        sizes={inUnit}
        marked={size}
      />
    </section>
  )
}

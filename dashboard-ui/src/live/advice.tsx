import type { JSX } from 'preact'
import type { AdviceAnswer, CurveText, LevelAdviceText, Told } from '../../../src/dashboard/protocol.ts'
import { Chart, type Line } from './chart.tsx'
import type { Connection } from './connection.ts'
import { usePolled } from './polled.ts'
import { amount, bytes, lasting, percent } from './words.ts'

const COLOURS = ['accent', 'level-2', 'level-3', 'level-4', 'earth', 'warm']
/** The first is whole: the present policy, or LRU. */
const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [8, 4], [2, 3], [10, 3, 2, 3], [4, 4], [12, 6]]

/** What another size or policy would bring, measured while the cache runs. */
export function AdviceView({ connection }: { connection: Connection }): JSX.Element {
  const { data, error } = usePolled<AdviceAnswer>(connection, 'advice', 10_000)
  const advice = data.value
  if (advice === undefined) return <p class="quiet">{error.value === '' ? 'Asking …' : error}</p>
  if (advice.levels.length === 0) return <p class="card quiet">{capital(advice.why ?? 'nothing is measured yet')}.</p>
  return (
    <div class="advice">
      <p class="quiet">
        Measured for {lasting(advice.age)}, on a sample of the keys and by small copies of the cache, in{' '}
        {bytes(advice.memory)} of memory. What was read half an hour ago counts half.
      </p>
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

function Level({ level, name }: { level: LevelAdviceText; name: string }): JSX.Element {
  const { unit, size, hitRatio, policy, advice, sampled, reads, namespaces, moreNamespaces } = level
  const inUnit = (n: number): string => (unit === 'bytes' ? bytes(n) : amount(n))
  const curves = presentFirst(level)
  const present = size === null ? '' : `${inUnit(size)}${unit === 'bytes' ? '' : ' entries'}, ${policy ?? ''} `
  return (
    <section aria-label={`Advice for ${name}`}>
      <h2>{name}</h2>
      <ul class="card counsel">
        {advice.length === 0 && <li>No other size or policy that was measured is sure to serve {name} better.</li>}
        {advice.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      {reads > 0 && (
        <>
          <Curves
            title={`${name}: hit ratio over size (now ${present}${percent(hitRatio)})`}
            curves={curves.map((curve) => ({ label: curve.policy, curve }))}
            inUnit={inUnit}
            marked={size}
          />
          <Figures level={level} curves={curves} inUnit={inUnit} />
        </>
      )}
      {reads > 0 && namespaces.length > 0 && (
        <Curves
          title={`${name}: what each namespace would reach in an LRU cache of its own`}
          curves={namespaces.map(({ namespace, curve }) => ({ label: namespace, curve }))}
          inUnit={inUnit}
          marked={null}
          note={moreNamespaces ? `There are more: the ${namespaces.length} made first are measured.` : undefined}
        />
      )}
      {reads > 0 && (
        <p class="quiet">
          From {amount(reads)} reads; {sampled >= 1 ? 'all keys were looked at' : `one key in ${amount(1 / sampled)}`}{' '}
          for LRU, fewer for others.
        </p>
      )}
    </section>
  )
}

interface CurvesProps {
  readonly title: string
  readonly curves: readonly { readonly label: string; readonly curve: CurveText }[]
  readonly inUnit: (size: number) => string
  readonly marked: number | null
  readonly note?: string | undefined
}

function Curves({ title, curves, inUnit, marked, note }: CurvesProps): JSX.Element | null {
  const sizes = sizesOf(curves.map(({ curve }) => curve))
  if (sizes.length < 2) return null
  const lines = curves.map(({ label, curve }, n): Line => {
    const at = new Map(curve.sizes.map((each, i) => [each, curve.ratios[i]!]))
    const values = sizes.map((each): Told => at.get(each) ?? null)
    const dash = DASHES[n % DASHES.length]
    return { label, colour: COLOURS[n % COLOURS.length]!, values, ...(dash === undefined ? {} : { dash }) }
  })
  return (
    <Chart
      title={title}
      x={sizes}
      lines={lines}
      format={percent}
      most={1}
      sizes={inUnit}
      note={note}
      {...(marked === null ? {} : { marked })}
    />
  )
}

interface FiguresProps {
  readonly level: LevelAdviceText
  readonly curves: readonly CurveText[]
  readonly inUnit: (size: number) => string
}

/** The same in figures, at the sizes that all policies were tried at. */
function Figures({ level, curves, inUnit }: FiguresProps): JSX.Element | null {
  const tried = curves.filter(({ policy }) => policy !== 'lru')
  const sizes = sizesOf(tried.length > 0 ? tried : curves)
  if (sizes.length === 0) return null
  return (
    <details class="card">
      <summary>In figures</summary>
      <div class="figures">
        <table>
          <thead>
            <tr>
              <th scope="col">Policy</th>
              {sizes.map((size) => (
                <th key={size} scope="col">
                  {inUnit(size)}
                  {size === level.size && ' (now)'}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {curves.map((curve) => (
              <tr key={curve.policy}>
                <th scope="row">
                  {curve.policy}
                  {curve.policy === level.policy && ' (now)'}
                </th>
                {sizes.map((size) => (
                  <td key={size}>{told(curve, size)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function told({ sizes, ratios, errors }: CurveText, size: number): string {
  const at = sizes.indexOf(size)
  if (at === -1) return '–'
  const error = errors[at]!
  return error < 0.0005 ? percent(ratios[at]) : `${percent(ratios[at])} ± ${(100 * error).toFixed(1)}`
}

function presentFirst({ curves, policy }: LevelAdviceText): CurveText[] {
  return [...curves].sort((a, b) => Number(b.policy === policy) - Number(a.policy === policy))
}

function sizesOf(curves: readonly CurveText[]): number[] {
  return [...new Set(curves.flatMap((curve) => curve.sizes))].sort((a, b) => a - b)
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

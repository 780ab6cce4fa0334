import type { JSX } from 'preact'
import type { PolicyName } from '../../../src/policies/index.ts'
import {
  LARGEST_CAPACITY,
  type LevelSetup,
  LONGEST_LATENCY,
  MOST_LEVELS,
  POLICIES,
  type Setup,
} from '../engine/setup.ts'
import type { Run } from './run.ts'

/** Levels, policies and latency: the same commands are run anew whenever one of them changes. */
export function SettingsCard({ run }: { run: Run }): JSX.Element {
  const setup = run.setup.value
  const { levels } = setup
  const change = (changed: Partial<Setup>): void => void run.change({ ...setup, ...changed })
  const changeLevel = (n: number, changed: Partial<LevelSetup>): void =>
    change({ levels: levels.with(n, { ...levels[n]!, ...changed }) })
  return (
    <section class="settings card" aria-label="Levels">
      <header>
        <h2>Levels</h2>
        <button
          type="button"
          disabled={levels.length === MOST_LEVELS}
          onClick={() => change({ levels: [...levels, { ...levels.at(-1)!, capacity: levels.at(-1)!.capacity + 2 }] })}
        >
          Add
        </button>
        <button type="button" disabled={levels.length === 1} onClick={() => change({ levels: levels.slice(0, -1) })}>
          Remove
        </button>
      </header>
      {levels.map(({ capacity, policy, ttl }, n) => (
        <fieldset key={n} class={`level-${n + 1}`}>
          <legend>L{n + 1}</legend>
          <NumberField
            label="Holds"
            value={capacity}
            least={1}
            most={LARGEST_CAPACITY}
            onChange={(entries) => changeLevel(n, { capacity: entries })}
          />
          <label>
            Policy
            <select
              value={policy}
              onChange={(event) => changeLevel(n, { policy: event.currentTarget.value as PolicyName })}
            >
              {Object.keys(POLICIES).map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <NumberField
            label="At most, s"
            value={ttl === undefined ? undefined : ttl / 1000}
            least={1}
            most={86_400}
            onChange={(s) => changeLevel(n, { ttl: s * 1000 })}
            onEmpty={() => changeLevel(n, { ttl: undefined })}
          />
          <p class="quiet">{POLICIES[policy]}</p>
        </fieldset>
      ))}
      <div class="row">
        <NumberField
          label="Database takes, ms"
          value={setup.latency}
          least={0}
          most={LONGEST_LATENCY}
          onChange={(latency) => change({ latency })}
        />
        <NumberField
          label="Seed of chance"
          value={setup.seed}
          least={0}
          most={2 ** 31 - 1}
          onChange={(seed) => change({ seed })}
        />
      </div>
    </section>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly value: number | undefined
  readonly least: number
  readonly most: number
  readonly onChange: (value: number) => void
  readonly onEmpty?: () => void
}

/** A whole number; what is not one is said, and changes nothing. */
function NumberField({ label, value, least, most, onChange, onEmpty }: NumberFieldProps): JSX.Element {
  return (
    <label title={`A whole number from ${least} to ${most}`}>
      {label}
      <input
        type="number"
        min={least}
        max={most}
        step={1}
        value={value ?? ''}
        placeholder={onEmpty === undefined ? undefined : '∞'}
        required={onEmpty === undefined}
        onChange={({ currentTarget: field }) => {
          // Says so in words of the browser's, besides those of the label.
          if (!field.reportValidity()) return
          if (field.value === '') onEmpty?.()
          else onChange(field.valueAsNumber)
        }}
      />
    </label>
  )
}

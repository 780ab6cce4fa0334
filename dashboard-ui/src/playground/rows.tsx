import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { LONGEST_KEY, LONGEST_VALUE, parseCommand, quoted } from '../engine/command.ts'
import type { Player } from './player.ts'

/** What is in the database at this step. A change of it is a step of its own, for the cache is not told. */
export function Rows({ player }: { player: Player }): JSX.Element {
  const { rows, fails } = player.run.state.value
  const key = useSignal('')
  const value = useSignal('')
  const run = (line: string): void => {
    if (parseCommand(line) !== undefined) void player.run.insert(line)
  }
  const add = (event: Event): void => {
    event.preventDefault()
    if (key.value.trim() === '' || value.value.trim() === '') return
    run(`row ${quoted(key.value.trim())} ${value.value.trim()}`)
    key.value = ''
    value.value = ''
  }
  return (
    <details class="rows">
      <summary>Rows</summary>
      <table>
        <thead class="hidden">
          <tr>
            <th>Key</th>
            <th>Value</th>
            <th>Remove</th>
          </tr>
        </thead>
        <tbody>
          {[...rows].map(([name, held]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <input
                  value={held}
                  aria-label={`Row ${name}`}
                  maxLength={LONGEST_VALUE}
                  onChange={(event) => {
                    const text = event.currentTarget.value.trim()
                    if (text === '') event.currentTarget.value = held
                    else if (text !== held) run(`row ${quoted(name)} ${text}`)
                  }}
                />
              </td>
              <td>
                <button
                  type="button"
                  class="plain"
                  aria-label={`Drop ${name}`}
                  onClick={() => run(`drop ${quoted(name)}`)}
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form onSubmit={add}>
        <input
          value={key}
          aria-label="Key of a new row"
          placeholder="key"
          maxLength={LONGEST_KEY}
          onInput={(event) => (key.value = event.currentTarget.value)}
        />
        <input
          value={value}
          aria-label="Value of a new row"
          placeholder="value"
          maxLength={LONGEST_VALUE}
          onInput={(event) => (value.value = event.currentTarget.value)}
        />
        <button type="submit">Add</button>
        <button type="button" onClick={() => run(fails ? 'source answers' : 'source fails')}>
          {fails ? 'Let it answer' : 'Let it fail'}
        </button>
      </form>
    </details>
  )
}

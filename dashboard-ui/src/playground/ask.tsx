import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { parseCommand, quoted } from '../engine/command.ts'
import type { Player } from './player.ts'

/** A key, a value, and what can be done with them. */
export function Ask({ player }: { player: Player }): JSX.Element {
  const key = useSignal('user:5')
  const value = useSignal('')
  const line = useSignal('')
  const error = useSignal('')
  const run = async (command: string): Promise<boolean> => {
    try {
      if (parseCommand(command) === undefined) return false
      await player.run.insert(command)
      error.value = ''
      return true
    } catch (cause) {
      error.value = cause instanceof Error ? cause.message : String(cause)
      return false
    }
  }
  const name = (): string => quoted(key.value.trim())
  const typed = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (await run(line.value)) line.value = ''
  }
  return (
    <div class="ask card">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void run(`get ${name()}`)
        }}
      >
        <label>
          Key
          <input
            value={key}
            maxLength={200}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => (key.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="strong" title="getOrFetch: through the levels, then from the database">
          Get
        </button>
        <button
          type="button"
          onClick={() => run(`delete ${name()}`)}
          title="Removes it from every level, deepest first"
        >
          Delete
        </button>
        <label>
          Value
          <input
            value={value}
            maxLength={500}
            autocomplete="off"
            placeholder="something"
            onInput={(event) => (value.value = event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          onClick={() => run(`put ${name()} ${value.value || 'something'}`)}
          title="Into level 1 only"
        >
          Put
        </button>
        <button
          type="button"
          onClick={() => run(`set ${name()} ${value.value || 'something'}`)}
          title="Into every level, deepest first"
        >
          Set
        </button>
      </form>
      <form class="line" onSubmit={typed}>
        <label>
          <span class="hidden">Command</span>
          <input
            class="code"
            value={line}
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            placeholder="or type a command: get user:1 x20, wait 10s, tag users …"
            onInput={(event) => (line.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit">Run</button>
      </form>
      <p class="error" role="alert">
        {error}
      </p>
    </div>
  )
}

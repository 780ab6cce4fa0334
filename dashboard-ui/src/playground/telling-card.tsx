import type { JSX } from 'preact'
import { inWords } from '../engine/command.ts'
import { type Player, SPEEDS } from './player.ts'

/** The step that is shown, in one sentence, and the way through the others. */
export function TellingCard({ player }: { player: Player }): JSX.Element {
  const { run } = player
  const step = run.step.value
  const at = run.at.value
  const length = run.steps.value.length
  return (
    <section class="telling card" aria-label="Steps">
      <div class="told">
        <p class="where">
          Step {at} of {length}
          {at > 0 && <code>{run.script.value[at - 1]}</code>}
        </p>
        <p class="sentence" aria-live="polite">
          {step?.sentence ?? beginning(length)}
        </p>
        <p class="answer">
          {step?.answer !== undefined && (
            <>
              The caller got <b>{step.answer}</b>
              {step.took > 0 && <> after {inWords(step.took)}</>}
            </>
          )}
        </p>
      </div>
      <div class="controls">
        <button type="button" onClick={() => player.goTo(0)} disabled={at === 0} aria-label="To the beginning">
          <Icon path="M3 4h2v12H3zM17 4v12L7 10z" />
        </button>
        <button type="button" onClick={() => player.back()} disabled={at === 0} aria-label="One step back">
          <Icon path="M15 4v12L5 10z" />
        </button>
        <button
          type="button"
          class="strong"
          onClick={() => player.toggle()}
          disabled={length === 0}
          aria-label={player.isPlaying.value ? 'Pause' : 'Play'}
        >
          <Icon path={player.isPlaying.value ? 'M5 4h4v12H5zM11 4h4v12h-4z' : 'M5 3v14l12-7z'} />
        </button>
        <button type="button" onClick={() => player.forward()} disabled={at === length} aria-label="One step on">
          <Icon path="M5 4v12l8-6zM13 4h2.5v12H13z" />
        </button>
        <input
          type="range"
          min={0}
          max={length}
          value={at}
          aria-label="Step"
          onInput={(event) => player.goTo(event.currentTarget.valueAsNumber)}
        />
        <label class="speed">
          Speed
          <select
            value={player.speed.value}
            onChange={(event) => (player.speed.value = Number(event.currentTarget.value))}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  )
}

function Icon({ path }: { path: string }): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

function beginning(length: number): string {
  return length === 0
    ? 'The levels are empty. Get a key, and watch where it is looked for.'
    : 'The levels are empty. Step forward, play, or get a key of your own.'
}

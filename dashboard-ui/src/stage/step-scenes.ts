import { inWords } from '../engine/command.ts'
import type { Move, State, Step } from '../engine/machine.ts'
import type { Setup } from '../engine/setup.ts'
import type { LevelMove, Shelf } from '../engine/tapped-level.ts'
import { queueScenes } from './queue-scene.ts'
import type { Mark, Scene, ShelfScene, SourceScene, Traveller } from './scene.ts'

/** How things stand between two steps. */
export function restingScene(state: State, setup: Setup): Scene {
  return {
    shelves: state.shelves.map((shelf, n) => shelfScene(shelf, setup, n, state)),
    traveller: undefined,
    source: { name: 'Database', note: sourceNote(setup, state), mark: undefined },
  }
}

/** The moments of a step, in order: the last is how things stand after it. */
export function scenesOf(step: Step, before: State, setup: Setup): Scene[] {
  const film = new Film(step, before, setup)
  for (const move of step.moves) film.take(move)
  return film.end()
}

class Film {
  readonly #scenes: Scene[] = []
  readonly #step: Step
  readonly #setup: Setup
  readonly #state: State
  #shelves: readonly ShelfScene[]
  #mood: Traveller['mood'] = 'asks'
  #text: string | undefined
  /** Of many callers only one is shown on his way through a level. */
  #seen = new Set<number>()

  constructor(step: Step, before: State, setup: Setup) {
    this.#step = step
    this.#setup = setup
    this.#state = before
    this.#shelves = restingScene(before, setup).shelves
    const { command } = step
    if (command.verb === 'put' || command.verb === 'set') {
      this.#mood = 'brings'
      this.#text = command.value
    } else if (command.verb !== 'get' && command.verb !== 'look') this.#mood = 'sweeps'
    if ('key' in command && command.verb !== 'row' && command.verb !== 'drop') this.#shoot(0)
  }

  take(move: Move): void {
    const levels = this.#shelves.length
    switch (move.kind) {
      case 'looked':
        if (this.#seen.has(move.level)) break
        this.#seen.add(move.level)
        this.#mark(move, move.found ? 'hit' : 'miss', move.key)
        if (move.found) this.#carry(move.level, move.key)
        this.#shoot(move.found ? move.level + 1 : move.level)
        break
      case 'asked':
        this.#shoot(levels, 'asked')
        break
      case 'answered':
        this.#mood = move.outcome === 'row' ? 'brings' : move.outcome === 'nothing' ? 'empty' : 'failed'
        this.#text =
          move.outcome === 'row' ? this.#step.answer : move.outcome === 'nothing' ? 'no such row' : 'no answer'
        this.#shoot(levels, move.outcome)
        break
      case 'kept':
        this.#mark(move, move.keeping === 'kept' ? 'kept' : 'refused', move.key)
        this.#shoot(move.level + 1)
        break
      case 'raised':
        this.#mark(move, 'raised', undefined)
        this.#shoot(move.level + 1)
        break
      case 'passed':
        this.#mark(move, 'expired', undefined)
        this.#shoot(undefined)
        break
    }
  }

  end(): Scene[] {
    const { command, state } = this.#step
    if (command.verb === 'get' || command.verb === 'look') {
      this.#unmark()
      this.#shoot(0)
    }
    this.#scenes.push(restingScene(state, this.#setup))
    return this.#scenes
  }

  #carry(level: number, key: string): void {
    this.#mood = 'brings'
    this.#text = this.#shelves[level]!.boxes?.find((box) => box.key === key)?.value
  }

  #mark(move: LevelMove, mark: Mark, key: string | undefined): void {
    this.#unmark()
    const leavers = move.gone.map((gone) => ({ key: gone.key, why: gone.reason }))
    const scene = { ...shelfScene(move.shelf, this.#setup, move.level, this.#state), mark, key, leavers }
    this.#shelves = this.#shelves.with(move.level, scene)
  }

  #unmark(): void {
    this.#shelves = this.#shelves.map((shelf) => ({ ...shelf, mark: undefined, key: undefined, leavers: [] }))
  }

  #shoot(gap: number | undefined, mark?: SourceScene['mark']): void {
    const { command } = this.#step
    const key = 'key' in command ? command.key : 'name' in command ? command.name : 'everything'
    if (mark !== undefined) this.#unmark()
    this.#scenes.push({
      shelves: this.#shelves,
      traveller: gap === undefined ? undefined : { key, gap, mood: this.#mood, text: this.#text },
      source: { name: 'Database', note: sourceNote(this.#setup, this.#state), mark },
    })
  }
}

function shelfScene({ size, items, queues }: Shelf, setup: Setup, n: number, state: State): ShelfScene {
  const { capacity, policy, ttl } = setup.levels[n]!
  const hits = state.counts.hitsByLevel[n] ?? 0
  const notes = [`${hits} ${hits === 1 ? 'hit' : 'hits'}`, ...(ttl === undefined ? [] : [`at most ${inWords(ttl)}`])]
  return {
    name: `L${n + 1}`,
    capacity,
    size,
    policy,
    note: notes.join(', '),
    boxes: items,
    queues: queueScenes(
      queues,
      ({ keys }) => keys,
      ({ hand }) => hand,
    ),
    mark: undefined,
    key: undefined,
    leavers: [],
  }
}

function sourceNote({ latency }: Setup, { fails, rows, counts }: State): string {
  if (fails) return 'does not answer'
  return `${rows.size} rows, ${inWords(latency)}, ${counts.fetches} ${counts.fetches === 1 ? 'fetch' : 'fetches'}`
}

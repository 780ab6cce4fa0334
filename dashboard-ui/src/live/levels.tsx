import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Activity, Levels } from '../../../src/dashboard/protocol.ts'
import { isStill, MOMENT } from '../stage/motion.ts'
import { queueScenes } from '../stage/queue-scene.ts'
import type { Scene, ShelfScene } from '../stage/scene.ts'
import { Stage } from '../stage/stage.tsx'
import type { Connection } from './connection.ts'
import { Sentence } from './given.tsx'
import { type Journey, journeysIn, Turns } from './journeys.ts'
import { Notes } from './notes.tsx'
import { usePolled } from './polled.ts'
import { amount } from './words.ts'

/** Levels at work: what lies in them, and one read after the other on its way through. */
export function LevelsView({ connection }: { connection: Connection }): JSX.Element {
  const levels = usePolled<Levels>(connection, 'levels', 1500, { most: '2000' })
  const moment = useSignal<Journey['moments'][number] | undefined>(undefined)
  const story = useSignal('')
  const pace = useSignal(1)
  useEffect(() => {
    connection.wantsActivity.value = true
    return () => {
      connection.wantsActivity.value = false
    }
  }, [])
  useEffect(
    () =>
      follow(
        connection,
        (now, told) => {
          moment.value = now
          if (told !== undefined) story.value = told
        },
        () => pace.value,
      ),
    [connection.cacheName.value],
  )
  const { data, error } = levels
  const activity = connection.activity.value
  if (data.value === undefined) return <p class="quiet">{error.value === '' ? 'Asking …' : error}</p>
  return (
    <div class="levels">
      <div class="row">
        <p class="quiet" role="status">
          {sampled(activity)}
        </p>
        <label>
          Pace{' '}
          <select value={pace.value} onChange={(event) => (pace.value = Number(event.currentTarget.value))}>
            {[0, 0.5, 1, 2].map((each) => (
              <option key={each} value={each}>
                {each === 0 ? 'stopped' : `${each}×`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="story">
        <Sentence text={story.value} />
      </p>
      <Stage scene={sceneOf(data.value, moment.value)} speed={pace.value || 1} />
      <Notes connection={connection} />
    </div>
  )
}

function sampled(activity: Activity | undefined): string {
  if (activity === undefined) return 'Nothing has happened yet.'
  const one = activity.sampling > 1.5 ? `One in ${amount(activity.sampling)} hits of level 1 is looked at. ` : ''
  return `${one}One read after the other is shown, at a pace that can be followed; the rest goes on meanwhile.`
}

/** Shows one journey after the other; what happens meanwhile is left out, and the newest comes next. */
function follow(
  { activity, cache }: Connection,
  show: (moment: Journey['moments'][number] | undefined, story: string | undefined) => void,
  pace: () => number,
): () => void {
  const turns = new Turns()
  let waiting: readonly Journey[] = []
  let moments: Journey['moments'] = []
  let story: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const next = (): void => {
    if (moments.length === 0) {
      const [first, ...rest] = waiting
      waiting = rest
      moments = first?.moments ?? []
      story = first?.story
      if (first !== undefined) turns.shown(first)
    }
    const [now, ...later] = moments
    moments = later
    const still = pace() === 0 || isStill()
    show(still ? now && { ...now, traveller: undefined } : now, story)
    timer = setTimeout(next, MOMENT / (pace() || 1))
  }
  next()
  const stop = activity.subscribe((seen) => {
    if (seen === undefined || pace() === 0) return
    waiting = turns.choose(journeysIn(seen.events, cache.peek()?.levels), 2)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}

function sceneOf({ levels }: Levels, moment: Journey['moments'][number] | undefined): Scene {
  const shelves = levels.map((level, n): ShelfScene => {
    const isHere = moment?.level === n
    return {
      name: level.name,
      capacity: level.maxEntries ?? undefined,
      size: level.size ?? undefined,
      policy: level.policy ?? undefined,
      note: level.breakerState === 'closed' ? undefined : `breaker ${level.breakerState}`,
      boxes: level.keys?.map(({ key }) => ({ key })),
      queues: queueScenes(
        level.queues,
        ({ keys }) => keys.map(({ key }) => key),
        ({ hand }) => hand?.key,
      ),
      mark: isHere ? moment.mark : undefined,
      key: isHere ? moment.key : undefined,
      leavers: isHere ? moment.leavers : [],
    }
  })
  const at = moment?.traveller
  const gap = at === undefined ? 0 : Math.min(at.gap, shelves.length)
  return {
    shelves,
    traveller: at && { ...at, gap },
    source: { name: 'Source', note: undefined, mark: gap === shelves.length ? moment?.source : undefined },
  }
}

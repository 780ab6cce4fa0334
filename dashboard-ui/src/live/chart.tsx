import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Told } from '../../../src/dashboard/protocol.ts'
import { Given } from './given.tsx'

export interface Line {
  readonly label: string
  /** A custom property with its colour. */
  readonly colour: string
  readonly values: readonly Told[]
  /** Lengths of strokes and gaps: so lines are told apart without their colours. Default: a whole line. */
  readonly dash?: readonly number[]
}

interface ChartProps {
  readonly title: string
  /** Moments in milliseconds, or sizes. */
  readonly x: readonly number[]
  readonly lines: readonly Line[]
  readonly format: (value: Told | undefined) => string
  /** The top of the scale, where it is known. */
  readonly most?: number
  /** Sizes on a logarithmic axis instead of moments, in these words. */
  readonly sizes?: (size: number) => string
  /** What is to be said of it besides. */
  readonly note?: string | undefined
  /** A size to be marked. */
  readonly marked?: number
}

const HEIGHT = 170
/** How far lines of the grid may be apart: what a figure with one decimal can tell. */
const STEPS = [0.1, 0.2, 0.5, ...Array.from({ length: 36 }, (_, n) => [1, 2, 5][n % 3]! * 10 ** Math.floor(n / 3))]

/** Lines over time, or over size. What they end with is told in words as well. */
export function Chart(props: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const { title, x, lines, format, sizes } = props
  const shape = JSON.stringify([lines.map(({ label, colour }) => [label, colour]), props.most, props.marked])
  useEffect(() => {
    const element = place.current!
    const make = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(props, element), dataOf(props), element)
    }
    make()
    const resized = new ResizeObserver(() => {
      const width = element.clientWidth
      if (width > 0 && plot.current?.width !== width) plot.current?.setSize({ width, height: HEIGHT })
    })
    resized.observe(element)
    const themed = new MutationObserver(make)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', make)
    return () => {
      resized.disconnect()
      themed.disconnect()
      dark.removeEventListener('change', make)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape])
  useEffect(() => plot.current?.setData(dataOf(props)), [x, lines])
  return (
    <figure class="chart card">
      <figcaption>{title}</figcaption>
      <ul>
        {lines.map(({ label, colour, values }) => (
          <li key={label} class={`ink-${colour}`}>
            {sizes !== undefined && <Stroke dash={lines.find((line) => line.label === label)?.dash} />}
            <Given text={label} /> {sizes === undefined && <b>{format(values.at(-1))}</b>}
          </li>
        ))}
      </ul>
      {props.note !== undefined && <p class="quiet">{props.note}</p>}
      <div
        ref={place}
        role="img"
        aria-label={`${title}: ${lines.map((line) => `${line.label} ${format(lastOf(line))}`).join(', ')}`}
      />
    </figure>
  )
}

/** Lines over sizes need not all reach the largest. */
function lastOf({ values }: Line): Told | undefined {
  return values.findLast((value) => value !== null) ?? values.at(-1)
}

/** A piece of a line, for the legend. */
function Stroke({ dash }: { dash: readonly number[] | undefined }): JSX.Element {
  return (
    <svg class="stroke" viewBox="0 0 40 6" aria-hidden="true">
      <line x1="0" y1="3" x2="40" y2="3" stroke-width="2" stroke-dasharray={dash?.join(' ')} />
    </svg>
  )
}

function dataOf({ x, lines, sizes }: ChartProps): uPlot.AlignedData {
  const axis = sizes === undefined ? x.map((at) => at / 1000) : [...x]
  return [axis, ...lines.map(({ values }) => [...values])]
}

function optionsOf({ x, lines, format, most, sizes, marked }: ChartProps, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const probe = document.createElement('i')
  element.append(probe)
  // The colour in force: light-dark() is resolved only where it is used.
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const ink = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  }
  const series = lines.map(
    (line): uPlot.Series => ({
      label: line.label,
      stroke: colour(line.colour),
      width: 2,
      points: { show: false },
      spanGaps: sizes !== undefined,
      ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
    }),
  )
  const inkColour = colour('ink')
  const name = sizes ?? ((at: number) => clock(at * 1000, x))
  const options: uPlot.Options = {
    width: Math.max(100, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: sizes === undefined ? {} : { time: false, distr: 3 },
      y: { range: (_plot, _low, high) => [0, most ?? Math.max(1, (high ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...ink,
        size: 28,
        space: 70,
        values: (_plot, at) => at.map((each) => (each === null ? '' : round(name(each)))),
      },
      {
        ...ink,
        size: 62,
        values: (_plot, at) => at.map((value) => round(format(value))),
        ...(most === undefined ? { incrs: STEPS } : {}),
      },
    ],
    series: [{}, ...series],
    hooks: marked === undefined ? {} : { draw: [(plot) => mark(plot, marked, inkColour)] },
  }
  probe.remove()
  return options
}

/** `100 %`, `1 ms`, `10k`: a figure beside an axis is round, and need not say how precisely. */
function round(figure: string): string {
  return figure.replace(/\.0(?!\d)/, '')
}

/** The time of day, with seconds where the whole is short. */
function clock(at: number, x: readonly number[]): string {
  const hour = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Date(at).toLocaleTimeString('en', x.at(-1)! - x[0]! < 300_000 ? { ...hour, second: '2-digit' } : hour)
}

/** A line at the present size. */
function mark({ ctx, bbox, valToPos }: uPlot, size: number, colour: string): void {
  const x = valToPos(size, 'x', true)
  ctx.save()
  ctx.strokeStyle = colour
  ctx.setLineDash([3, 3])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}

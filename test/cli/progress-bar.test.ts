import { describe, expect, it } from 'vitest'
import { ProgressBar } from '../../src/cli/progress-bar.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

class Screen {
  readonly isTTY: boolean
  readonly columns: number
  readonly written: string[] = []

  constructor(isTTY: boolean, columns: number) {
    this.isTTY = isTTY
    this.columns = columns
  }

  write(text: string): void {
    this.written.push(text)
  }
}

/** Tells a bar every 50 ms of 100 seconds how far the work is. */
function run(screen: Screen): void {
  const world = new FakeWorld()
  const bar = new ProgressBar(screen, world)
  for (let i = 1; i <= 2000; i++) {
    world.advance(50)
    bar.show({ trace: 'web', pass: i <= 500 ? 'survey' : 'replay', requests: i * 1000, done: i / 2000 })
  }
  bar.clear()
}

describe('the progress bar', () => {
  it('redraws one line of a terminal ten times a second, within its width, and leaves it empty', () => {
    const screen = new Screen(true, 200)
    run(screen)
    expect(screen.written).toHaveLength(1001)
    expect(screen.written[500]).toBe(
      `\r\x1b[K${'█'.repeat(12)}${'░'.repeat(12)} 50 %, 50 s left  web: replaying, 1,002,000 requests`,
    )
    expect(screen.written[0]).toContain('0 %  web: counting keys, 2,000 requests')
    expect(screen.written.at(-1)).toBe('\r\x1b[K')
    const narrow = new Screen(true, 40)
    run(narrow)
    for (const line of narrow.written) expect(line.length).toBeLessThan(40 + '\r\x1b[K'.length)
  })

  it('writes a plain line every ten seconds where there is no terminal', () => {
    const screen = new Screen(false, 80)
    run(screen)
    expect(screen.written).toHaveLength(10)
    expect(screen.written[4]).toBe('50 %, 50 s left  web: replaying, 1,000,000 requests\n')
    expect(screen.written.join('')).not.toContain('\x1b')
  })

  it('writes nothing about work that is soon done', () => {
    const [screen, world] = [new Screen(true, 80), new FakeWorld()]
    const bar = new ProgressBar(screen, world)
    bar.show({ trace: 'web', pass: 'replay', requests: 10, done: 0.5 })
    bar.clear()
    expect(screen.written).toEqual([])
  })

  it('passes no name of a trace to the terminal as it is', () => {
    for (const isTTY of [true, false]) {
      const [screen, world] = [new Screen(isTTY, 200), new FakeWorld()]
      const bar = new ProgressBar(screen, world)
      world.advance(60_000)
      bar.show({ trace: 'a\x1b[2J\u202e\nb', pass: 'replay', requests: 10, done: 0.5 })
      expect(screen.written).toEqual([expect.stringContaining('a\\x1b[2J\\u202e\\nb: replaying')])
    }
  })

  it('tells long waits in minutes and hours', () => {
    const [screen, world] = [new Screen(false, 80), new FakeWorld()]
    const bar = new ProgressBar(screen, world)
    for (const done of [0.02, 0.001, 0.05]) {
      world.advance(60_000)
      bar.show({ trace: 'web', pass: 'replay', requests: 0, done })
    }
    expect(screen.written.map((line) => line.split('  ')[0])).toEqual(['2 %, 49 min left', '0 %', '5 %, 57 min left'])
    world.advance(7_200_000)
    bar.show({ trace: 'web', pass: 'replay', requests: 0, done: 0.25 })
    expect(screen.written.at(-1)).toMatch(/^25 %, 6\.2 h left/)
  })
})

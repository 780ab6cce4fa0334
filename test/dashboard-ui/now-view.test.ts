import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type LivePanel, shown, startLivePanel } from './live-panel.ts'
import { shoot } from './panel-page.ts'

let live: LivePanel

beforeAll(async () => {
  live = await startLivePanel()
})

afterAll(() => live?.close())

describe('the figures of now, in a browser', () => {
  it('shows figures that move with the cache', async () => {
    const page = await live.open('now')
    await shown(page, 'now')
    const reads = page.locator('.tile').filter({ hasText: 'Reads a second' }).locator('b')
    // Thousands are told as 1.2k.
    await expect.poll(async () => Number.parseFloat((await reads.textContent()) ?? '')).toBeGreaterThan(1)
    expect(await page.locator('.chart figcaption').allTextContents()).toContain('Answered by level, of all reads')
    await page.getByRole('button', { name: 'Last hour' }).click()
    await page.locator('.chart').first().waitFor()
    await page.getByLabel('Cache').selectOption('other')
    await expect.poll(() => reads.textContent()).toMatch(/^[–0]$/)
    await page.context().close()
  })

  it('shows each figure by level over time: hit ratios, latencies, what left, the feed, and when levels were asked', async () => {
    const failing = setInterval(() => void live.broken.get(`k${Math.random()}`), 20)
    onTestFinished(() => clearInterval(failing))
    const page = await live.open('now')
    const chart = (title: string) => page.getByRole('img', { name: new RegExp(`^${title}: `) })
    const level = String.raw`[\d.–]+( %| ms| µs)?`
    for (const [title, lines] of [
      ['Hit ratio of each level, of the reads that reached it', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Latency, median', ['L2 [\\d.]+ .s', 'L3 [\\d.]+ .s', 'fetch [\\d.]+ .s']],
      ['Latency, 99th percentile', ['L2 [\\d.]+ .s', 'L3 [\\d.]+ .s', 'fetch [\\d.]+ .s']],
      ['Evicted a second', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Expired a second', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Feed latency, there and back', ['the slowest process that answers [\\d.]+ .s']],
    ] as const)
      await expect
        .poll(() => chart(title).getAttribute('aria-label', { timeout: 20_000 }), { timeout: 20_000 })
        .toMatch(new RegExp(`^${title}: ${lines.join(', ')}$`))
    await page.getByText('What L1 answers in memory is not timed.').waitFor()
    const breakers = page.locator('.breakers')
    await breakers.getByText('L3 could be asked all the time').waitFor()
    await page.getByLabel('Cache').selectOption('broken')
    await breakers.getByText(/^L2 was not asked for [\d.]+ s/).waitFor()
    await breakers.locator('rect.cut').first().waitFor()
    await shoot(page, 'dashboard-breakers')
    await page.context().close()
  })

  it('never complained, and never asked anybody else', () => live.expectQuiet())
})

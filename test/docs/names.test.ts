import { describe, expect, it } from 'vitest'
import { VERBS } from '../../src/cli/verbs.ts'
import { createCache, EVENT_TYPES } from '../../src/index.ts'
import { FAMILIES } from '../../src/observe/prometheus/family.ts'
import { codeSpans, PAGES, type Page } from './markdown.ts'
import { textOf } from './repository.ts'

const page = (path: string): Page => PAGES.find((one) => one.path === path)!

/** The rows of the first table of a page whose heading begins so, each as its cells. */
function tableOf(path: string, heading: string): readonly (readonly string[])[] {
  const lines = page(path).lines.map(({ text }) => text)
  const start = lines.findIndex((text) => text.startsWith(`| ${heading}`))
  expect(start, `${path} has a table of ${heading}`).toBeGreaterThan(0)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((text) => !text.startsWith('|'))
  return rows.slice(0, end).map((text) => text.split(/(?<!\\)\|/).slice(1, -1))
}

const namesIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
const methodsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w.])(\w+)\(/g)].map((match) => match[1]!)

describe('what the documentation names exists', () => {
  it('calls of a cache', async () => {
    await using cache = createCache()
    const listed = tableOf('docs/getting-started.md', 'call')
      .flatMap(([calls]) => namesIn(calls!))
      .flatMap(methodsIn)
    const named = PAGES.flatMap(codeSpans).flatMap(({ text }) => /(?<![\w.])cache\.(\w+)\(/.exec(text)?.[1] ?? [])
    expect(listed.length).toBeGreaterThan(25)
    expect([...listed, ...named].filter((name) => !(name in cache))).toEqual([])
  })

  it('events', () => {
    const types: readonly string[] = EVENT_TYPES
    const told = tableOf('docs/outages.md', 'event').flatMap(([event]) => namesIn(event!))
    expect(told.filter((name) => !types.includes(name))).toEqual([])
  })

  it('events that are logged, each at its level', () => {
    const [, levels] = /^const LEVELS\b.*\{\n([\s\S]*?)^\}/m.exec(textOf('src/observe/log.ts'))!
    const expected = [...levels!.matchAll(/^ {2}(\w+): '(\w+)',/gm)].map(([, type, level]) => `${level} ${type}`)
    const told = tableOf('docs/metrics.md', 'level | events').flatMap(([level, events]) =>
      namesIn(events!.replaceAll(/\([^)]*\)/g, '')).map((type) => `${namesIn(level!)[0]} ${type}`),
    )
    // It is a warning when a breaker opens, and none when it closes.
    expect(told.toSorted()).toEqual([...expected, 'info breaker'].toSorted())
  })

  it('metrics, and all of them are told', () => {
    const told = tableOf('docs/metrics.md', 'metric').flatMap(([cell]) => {
      const names = namesIn(cell!).filter((name) => /^(terrace|…)_/.test(name))
      // `…_misses_total` has the beginning of the first name in its row.
      const start = /^terrace_(level|namespace)/.exec(names[0]!)?.[0] ?? 'terrace'
      return names.map((name) => name.replace('…', start))
    })
    expect(told.toSorted()).toEqual(FAMILIES.map(({ name }) => name).toSorted())
  })

  it('verbs of the command line, each with its summary', () => {
    const lines = page('docs/command-line.md').lines.map(({ text }) => text.trim().replaceAll(/ {2,}/g, '  '))
    const verbs = Object.entries(VERBS).map(([name, { takes, summary }]) => `${`${name} ${takes}`.trim()}  ${summary}`)
    expect(lines).toEqual(expect.arrayContaining(verbs))
  })
})

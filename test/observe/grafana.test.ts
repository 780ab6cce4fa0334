import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAMILIES } from '../../src/observe/prometheus/family.ts'
import { grafanaDashboard } from '../../src/observe/prometheus/index.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly legendFormat: string }[]
}

const SOURCES = ['prometheus', 'otel'] as const
/** What Prometheus knows of itself, Grafana fills in, or is a word of its language. */
const WORDS = new Set(
  'sum avg count by on le rate group_left histogram_quantile instance cache __rate_interval label_values'.split(' '),
)

function panelsOf(source: (typeof SOURCES)[number]): readonly Panel[] {
  return grafanaDashboard({ source }).panels as Panel[]
}

function exprsOf(source: (typeof SOURCES)[number]): string[] {
  return panelsOf(source).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

/** What a family is asked for as, and what labels it has then. */
function known(source: (typeof SOURCES)[number]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const { name, type, labels } of FAMILIES) {
    const renamed = labels.map((label) =>
      source === 'otel' && !['le', 'error_type'].includes(label) ? `terrace_${label}` : label,
    )
    names.set(type === 'histogram' ? `${name}_bucket` : name, new Set([...renamed, 'instance']))
  }
  return names
}

describe('the Grafana dashboard', () => {
  for (const source of SOURCES) {
    it(`asks only for metrics that exist, by labels that they have: ${source}`, () => {
      const names = known(source)
      const asked = new Set<string>()
      for (const expr of exprsOf(source)) {
        const selectors = [...expr.matchAll(/([a-z_]+)\{([^}]*)\}/g)]
        expect(selectors.length).toBeGreaterThan(0)
        const labels = new Set<string>()
        for (const [, name, matchers] of selectors as unknown as [string, string, string][]) {
          expect([...names.keys()]).toContain(name)
          asked.add(name)
          for (const label of names.get(name)!) labels.add(label)
          for (const [, label] of matchers.matchAll(/([a-z_]+)(?:=~|!=|=)"/g)) expect(names.get(name)).toContain(label)
        }
        // Nothing else in it may be a name that nobody has heard of.
        const rest = expr.replaceAll(/"[^"]*"/g, '').replaceAll(/\$\w+/g, '')
        for (const [word] of rest.matchAll(/[a-z_]{2,}/g))
          expect(names.has(word) || labels.has(word) || WORDS.has(word), `${word} in ${expr}`).toBe(true)
      }
      expect([...names.keys()].filter((name) => !asked.has(name))).toEqual([])
    })

    it(`names its curves by labels that are left: ${source}`, () => {
      for (const { targets = [] } of panelsOf(source)) {
        for (const { expr, legendFormat } of targets) {
          for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
            expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`))
        }
      }
    })

    it(`lays its panels out side by side: ${source}`, () => {
      const panels = panelsOf(source)
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      const cells = new Set<string>()
      for (const { gridPos, title } of panels) {
        expect(title.length).toBeGreaterThan(2)
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(cells.has(`${x} ${y}`)).toBe(false)
            cells.add(`${x} ${y}`)
          }
        }
      }
    })

    it(`comes with the package as it is made: ${source}`, () => {
      const file = new URL(`../../grafana/terrace-${source}.json`, import.meta.url)
      expect(JSON.parse(readFileSync(file, 'utf8')), 'run node scripts/grafana.ts').toEqual(
        grafanaDashboard({ source }),
      )
    })
  }

  it('has balanced expressions', () => {
    for (const expr of exprsOf('prometheus')) {
      for (const [open, close] of ['()', '{}', '[]']) expect(expr.split(open!).length).toBe(expr.split(close!).length)
    }
  })

  it('has the title given, and refuses wrong options', () => {
    expect(grafanaDashboard({ title: 'Shop' }).title).toBe('Shop')
    expect(() => grafanaDashboard({ sorce: 'otel' } as never)).toThrow("Did you mean 'source'?")
    expect(() => grafanaDashboard({ source: 'otl' as never })).toThrow("Did you mean 'otel'?")
  })
})

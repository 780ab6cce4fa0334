// Writes the dashboards for Grafana that come with the package: grafana/*.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { grafanaDashboard } from '../src/observe/prometheus/index.ts'

mkdirSync(new URL('../grafana/', import.meta.url), { recursive: true })
for (const source of ['prometheus', 'otel'] as const) {
  const file = new URL(`../grafana/terrace-${source}.json`, import.meta.url)
  writeFileSync(file, `${JSON.stringify(grafanaDashboard({ source }), null, 2)}\n`)
}

import { seriesStyle } from './chart-style.ts'
import { DARK } from './page-style.ts'

/** A page's rules for its series: colours on a light and a dark page, lines. `DARK` among them. */
export function seriesRules(policies: readonly string[]): string {
  const styles = policies.map(seriesStyle)
  const light = styles.map(
    ({ light, dash, width }, i) => `.p${i}{--c:${light};--d:${dash || 'none'};--w:${width};--m:url(#m${i})}`,
  )
  const dark = styles.map(({ dark }, i) => `.p${i}{--c:${dark}}`)
  return `${light.join('')}\n@media(prefers-color-scheme:dark){:root{${DARK}}${dark.join('')}}`
}

/** A point's shape for each policy, which its line refers to. */
export function markers(policies: readonly string[]): string {
  const all = policies.map((policy, i) => {
    const { shape } = seriesStyle(policy, i)
    return `<marker id="m${i}" class="p${i}" viewBox="-6 -6 12 12" markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse"><path class="f" d="${shape}"/></marker>`
  })
  return `<svg width="0" height="0" style="position:absolute;width:0" aria-hidden="true"><defs>${all.join('')}</defs></svg>`
}

import type { Page } from './markdown.ts'

/** Languages of blocks that are checked. */
const CHECKED: ReadonlySet<string> = new Set(['ts', 'js', 'typescript', 'javascript'])

/**
 * One module of a page. Each block opens a scope within that of the block before it: it sees what the page has
 * imported and declared so far, and may declare the same names anew, as the next example of a page does. Imports stand
 * in their block, where they are written as `await import()`, so that a later block may import what an earlier one
 * named otherwise. All other lines are empty: line 7 of the module is line 7 of the page.
 *
 * `…` stands for code of the reader's own: an expression, or the body of a function.
 */
export function moduleOf(page: Page): string {
  let depth = 0
  const lines = page.lines.map(({ text, kind, language }) => {
    if (language === undefined || !CHECKED.has(language)) return ''
    if (kind === 'closing') return ''
    if (kind === 'code') return text.replace(/^export (default )?/, '')
    depth++
    return '{'
  })
  return `${spelledOut(withImportsInPlace(lines.join('\n')))}${'}'.repeat(depth)} export {}`
}

/** `import A, { b, type C } from 'd'` as statements that may stand in a scope, on as many lines. */
function withImportsInPlace(code: string): string {
  const statement = /^import (type (?=\{))?(?:(\w+)(?:, )?)?(?:\{([^}]*)\})? ?from ('[^']+')/gm
  return code.replaceAll(statement, (text, onlyTypes = '', whole = '', names = '', from) => {
    const parts = names.split(',').map((name: string) => name.trim())
    const named: string[] = parts.filter((name: string) => name !== '').map((name: string) => onlyTypes + name)
    const types = named.filter((name) => name.startsWith('type ')).map((name) => name.slice('type '.length))
    const values = named.filter((name) => !name.startsWith('type ')).map((name) => name.replace(' as ', ': '))
    if (whole !== '') values.push(`default: ${whole}`)
    const bound = [
      `const { ${values.join(', ')} } = await import(${from})`,
      ...types.map((name) => `type ${name} = import(${from}).${name}`),
    ]
    return bound.join('; ') + '\n'.repeat(text.split('\n').length - 1)
  })
}

function spelledOut(code: string): string {
  return code.replaceAll(/\{ … \}/g, '{ throw 0 }').replaceAll(/=> …/g, '=> { throw 0 }')
}

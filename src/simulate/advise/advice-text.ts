import { printable } from '../../printable.ts'
import { shownLatency } from '../levels/latency.ts'
import { money } from '../levels/levels-table.ts'
import { aligned, grouped } from '../table.ts'
import type { Advice } from './advice.ts'
import { shownBudget, shownLevels } from './advice-words.ts'

const WIDTH = 96

/** Advice as plain text for a terminal: the sentences, and a table of budgets. */
export function adviceText(advice: Advice): string {
  const { trace, requests, servers, budget } = advice
  const on = servers > 1 ? ` for ${servers} servers` : ''
  const head = `${printable(trace)}: ${grouped(requests)} requests. How to spend ${shownBudget(advice, budget.amount)}${on}:`
  const again = `  Try it: terrace simulate TRACE --levels '${advice.best.setup}'`
  const words = advice.words.map((sentence) => wrapped(sentence, '  - ', '    '))
  return `${[head, words.join('\n'), budgetTable(advice), again].join('\n\n')}\n`
}

function budgetTable(advice: Advice): string {
  const costs = advice.curve.some(({ best }) => best.cost !== null)
  const head = ['budget', 'hits %', 'mean', 'p99', ...(costs ? ['cost a million'] : []), 'best spent as']
  const rows = advice.curve.map(({ best }) => [
    shownBudget(advice, best.budget),
    best.hitRatio.toFixed(2),
    shownLatency(best.latency.mean),
    shownLatency(best.latency.p99),
    ...(costs ? [money(best.cost?.total ?? 0)] : []),
  ])
  const table = aligned([head.slice(0, -1), ...rows])
  const last = ['best spent as', ...advice.curve.map(({ best }) => shownLevels(best))]
  return table.map((line, i) => `${line}  ${last[i]}`).join('\n')
}

function wrapped(text: string, first: string, next: string): string {
  const lines: string[] = []
  let line = first
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd())
      line = next
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()].join('\n')
}

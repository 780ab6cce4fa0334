import { cellsOf, type Measured, mean, measuredMean, type ReferenceTrace, referenceMean } from './reference-figures.ts'

/** One promise about hit ratios, and whether it was kept. */
export interface Verdict {
  readonly promise: string
  readonly kept: boolean
  /** What was measured; where the promise was broken, where. */
  readonly measured: string
}

const CAFFEINE = 'Caffeine-HEAD'
/** Reference figures are given to three decimals. */
const ROUNDING = 0.00051

/** Judges measurements on some of the traces, or on all of them. */
export function verdicts(measured: readonly Measured[], all: readonly ReferenceTrace[]): readonly Verdict[] {
  const keyKinds = ['numbers', 'strings'] as const
  return [
    ...Object.entries({ lru: 'LRU', fifo: 'FIFO', sieve: 'SIEVE', lfu: 'LFU', optimum: 'OPT' }).map(([ours, theirs]) =>
      equal(measured, ours, theirs),
    ),
    randomNear(measured),
    nothingAboveOptimum(measured),
    meanAtLeast(measured, all, 's3Fifo', 'numbers', 49.9, 'S3-FIFO'),
    noTraceBelow(measured, 's3Fifo', 'numbers', 'S3-FIFO', 0.5),
    ...keyKinds.flatMap((kind) => [
      meanAtLeast(measured, all, 'wTinyLfu', kind, 55.5, CAFFEINE),
      noTraceBelow(measured, 'wTinyLfu', kind, CAFFEINE, 0.5),
      oftenAbove(measured, kind),
      noTraceBelow(measured.filter(isService), 'wTinyLfu', kind, 'LRU', 0.3),
    ]),
  ]
}

function equal(measured: readonly Measured[], ours: string, theirs: string): Verdict {
  const off = measured.flatMap(({ reference, numbers }) =>
    cellsOf(numbers, ours)
      .filter((cell) => Math.abs(cell.hitRatio - reference.ratios[cell.size]![theirs]!) > ROUNDING)
      .map((cell) => `${reference.name} at ${cell.size}: ${cell.hitRatio.toFixed(3)}`),
  )
  const cells = measured.reduce((sum, { numbers }) => sum + cellsOf(numbers, ours).length, 0)
  return verdict(`${ours} equals ${theirs} on every cell`, off, `${cells} cells equal`)
}

function randomNear(measured: readonly Measured[]): Verdict {
  const distances = measured.map(({ reference, numbers }) => {
    const by = Math.abs(measuredMean(numbers, 'random') - referenceMean(reference, 'RANDOM'))
    return { name: reference.name, by }
  })
  const off = distances.filter(({ by }) => by > 0.5).map(({ name, by }) => `${name} by ${by.toFixed(3)}`)
  const most = Math.max(...distances.map(({ by }) => by))
  return verdict('random within 0.5 of RANDOM on each trace', off, `at most ${most.toFixed(3)} away`)
}

function nothingAboveOptimum(measured: readonly Measured[]): Verdict {
  const off = measured.flatMap(({ reference, numbers, strings }) => {
    const best = new Map(cellsOf(numbers, 'optimum').map((cell) => [cell.size, cell.hits]))
    return [...numbers.cells, ...strings.cells]
      .filter((cell) => cell.hits > best.get(cell.size)!)
      .map((cell) => `${cell.policy} on ${reference.name} at ${cell.size}`)
  })
  return verdict('nothing above the optimum on any cell', off, 'none')
}

/** On some of the traces only, the figure asked for moves as the reference's mean on them does. */
function meanAtLeast(
  measured: readonly Measured[],
  all: readonly ReferenceTrace[],
  policy: string,
  kind: 'numbers' | 'strings',
  figure: number,
  reference: string,
): Verdict {
  const own = mean(measured.map((each) => measuredMean(each[kind], policy)))
  const here = mean(measured.map((each) => referenceMean(each.reference, reference)))
  const asked = figure + here - mean(all.map((trace) => referenceMean(trace, reference)))
  const off = own >= asked ? [] : [own.toFixed(3)]
  return verdict(
    `${policy}, ${kind}: mean >= ${asked.toFixed(2)}`,
    off,
    `${own.toFixed(3)}; ${reference} ${here.toFixed(2)}`,
  )
}

function noTraceBelow(
  measured: readonly Measured[],
  policy: string,
  kind: 'numbers' | 'strings',
  reference: string,
  most: number,
): Verdict {
  const leads = measured.map((each) => ({ name: each.reference.name, lead: leadOf(each, policy, kind, reference) }))
  const off = leads.filter(({ lead }) => lead < -most).map(({ name, lead }) => `${name} ${lead.toFixed(3)}`)
  const worst = leads.toSorted((a, b) => a.lead - b.lead)[0]
  const told = worst === undefined ? 'no such trace' : `worst ${worst.name} ${worst.lead.toFixed(3)}`
  return verdict(`${policy}, ${kind}: at most ${most} below ${reference} on ${leads.length} traces`, off, told)
}

/** On half of all the traces, or of those that were measured. */
function oftenAbove(measured: readonly Measured[], kind: 'numbers' | 'strings'): Verdict {
  const above = measured.filter((each) => leadOf(each, 'wTinyLfu', kind, CAFFEINE) > 0.2).length
  const asked = Math.floor(measured.length / 2)
  const told = `${above} of ${measured.length}`
  return verdict(
    `wTinyLfu, ${kind}: above ${CAFFEINE} by more than 0.2 on >= ${asked}`,
    above >= asked ? [] : [told],
    told,
  )
}

function leadOf(each: Measured, policy: string, kind: 'numbers' | 'strings', reference: string): number {
  return measuredMean(each[kind], policy) - referenceMean(each.reference, reference)
}

/** Requests of web sites and applications, as most caches see. */
function isService({ reference }: { readonly reference: ReferenceTrace }): boolean {
  return reference.name.startsWith('cache2k-') || reference.name.startsWith('corda')
}

function verdict(promise: string, off: readonly string[], measured: string): Verdict {
  return { promise, kept: off.length === 0, measured: off.length === 0 ? measured : off.join('; ') }
}

/** One line of Prometheus's text format. */
interface Line {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly lines: Line[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"/
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

/** Reads the text format, version 0.0.4, as strictly as its description; throws at whatever it does not allow. */
export function parse(text: string): ParsedFamily[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const families: ParsedFamily[] = []
  const seen = new Set<string>()
  let help: { name: string; text: string } | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment?.[1] === 'HELP') help = { name: comment[2]!, text: comment[3]! }
    else if (comment?.[1] === 'TYPE') {
      const [, , name, type] = comment as unknown as [string, string, string, string]
      if (families.some((family) => family.name === name)) throw new Error(`a second TYPE of ${name}`)
      if (!(type in SUFFIXES)) throw new Error(`no type: ${type}`)
      families.push({ name, type, help: help?.name === name ? help.text : '', lines: [] })
    } else addLine(line, families.at(-1), seen)
  }
  return families
}

function addLine(line: string, family: ParsedFamily | undefined, seen: Set<string>): void {
  const name = NAME.exec(line)?.[0]
  if (name === undefined || family === undefined) throw new Error(`no sample: ${line}`)
  if (!SUFFIXES[family.type]!.some((suffix) => family.name + suffix === name))
    throw new Error(`not of ${family.name}: ${line}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    while (!rest.startsWith('}')) {
      const match = LABEL.exec(rest)
      if (match === null) throw new Error(`no label: ${rest}`)
      if (Object.hasOwn(labels, match[1]!)) throw new Error(`a label twice: ${line}`)
      labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
      rest = rest.slice(match[0].length).replace(/^,/, '')
    }
    rest = rest.slice(1)
  }
  const value = /^ (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$/.exec(rest)?.[1]
  if (value === undefined) throw new Error(`no value: ${line}`)
  const id = name + JSON.stringify(Object.entries(labels).sort())
  if (seen.has(id)) throw new Error(`twice: ${line}`)
  seen.add(id)
  family.lines.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) })
}

/** The value of the one line of this name that has these labels. */
export function figure(
  families: readonly ParsedFamily[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const lines = families
    .flatMap((family) => family.lines)
    .filter((line) => line.name === name && Object.entries(labels).every(([key, value]) => line.labels[key] === value))
  if (lines.length !== 1) throw new Error(`${lines.length} lines of ${name} ${JSON.stringify(labels)}`)
  return lines[0]!.value
}

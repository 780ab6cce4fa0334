// Draws what the stream of events tells. Everything is set as text: nothing that comes from a part is HTML.

const SVG = 'http://www.w3.org/2000/svg'
const SPAN = 120_000
const LEVELS = ['l1', 'l2', 'l3']

/** Where each part is, and what it showed last. */
const boxes = new Map()
/** @type {{ at: number, reads: number, fetches: number }[]} Since the beginning, by look. */
const past = []
let happenings = []
let fetches = 0

const at = (id) => document.getElementById(id)
const ms = (time) => (time < 10 ? time.toFixed(1) : String(Math.round(time)))
const seconds = (time) => (time / 1000).toFixed(1)

function make(tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

function drawing(tag, attributes) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

function place(addresses) {
  for (const tier of document.querySelectorAll('.boxes')) tier.replaceChildren()
  boxes.clear()
  for (const { kind, name, port, url } of addresses) {
    const box = make('div', 'box')
    const title = make('div')
    title.append(make('b', '', name), make('span', 'faint', ` :${port} `), make('span', 'state', ''))
    const told = make('div')
    box.append(title, told)
    if (url !== undefined) {
      const link = make('a', '', 'dashboard')
      link.href = url
      link.target = '_blank'
      box.append(link)
    }
    at(kind).querySelector('.boxes').append(box)
    boxes.set(name, { box, told, state: title.querySelector('.state') })
  }
}

/** Which level answered how much, since the look before. */
function shares(app) {
  const svg = drawing('svg', { class: 'shares', viewBox: '0 0 100 8', preserveAspectRatio: 'none' })
  const parts = [...app.hitsByLevel, app.requests - app.hitsByLevel.reduce((sum, hits) => sum + hits, 0)]
  let x = 0
  for (const [n, part] of parts.entries()) {
    const width = (Math.max(0, part) / Math.max(1, app.requests)) * 100
    svg.append(drawing('rect', { x, y: 0, width, height: 8, class: LEVELS[n] ?? 'source' }))
    x += width
  }
  return svg
}

function level({ name, size, latency, breaker, pending, proven }) {
  const words = [name]
  if (size !== undefined) words.push(`${size.toLocaleString('en')} entries`)
  if (latency !== undefined) words.push(`${ms(latency)} ms`)
  const troubles = []
  if (breaker !== 'closed') troubles.push(`breaker ${breaker}`)
  if (pending > 0) troubles.push(`${pending} pending`)
  if (proven === false) troubles.push('no proof')
  const line = make('p', '', words.join(', '))
  if (troubles.length > 0) line.append(make('span', 'bad', `: ${troubles.join(', ')}`))
  return line
}

function appFigures(app, period) {
  const ratio = (hits) => (app.requests === 0 ? '–' : `${Math.round((hits / app.requests) * 100)} %`)
  const inAll = app.hitsByLevel.reduce((sum, hits) => sum + hits, 0)
  const reads = `${Math.round(app.requests / period)} reads/s, hits ${ratio(inAll)}`
  const byLevel = `by level ${app.hitsByLevel.map(ratio).join(' / ')}`
  const source = `${Math.round(app.fetches / period)} fetches/s`
  const took = app.databaseMs === undefined ? '' : `, database ${ms(app.databaseMs)} ms`
  return [make('p', '', reads), shares(app), make('p', 'faint', byLevel), make('p', '', `${source}${took}`)]
}

function show(snapshot) {
  const before = past.at(-1)
  const period = before === undefined ? 0.5 : Math.max(0.1, (snapshot.at - before.at) / 1000)
  for (const { name, health, ms: took, role, app } of snapshot.boxes) {
    const known = boxes.get(name)
    if (known === undefined) continue
    known.box.className = `box ${health}`
    known.state.textContent = health === 'silent' ? 'does not answer' : health
    const told = [
      make('p', 'faint', [role, health === 'up' ? `answers in ${ms(took)} ms` : ''].filter(Boolean).join(', ')),
    ]
    if (app !== undefined) told.push(...appFigures(app, period), ...app.levels.map(level))
    known.told.replaceChildren(...told)
    fetches += app?.fetches ?? 0
  }
  at('phase').textContent = `${seconds(snapshot.at)} s: ${snapshot.phase}`
  past.push({ at: snapshot.at, reads: snapshot.reads, fetches })
  while (past[0].at < snapshot.at - SPAN) past.shift()
  figures(snapshot, before === undefined ? 0 : (snapshot.reads - before.reads) / period)
  chart('reads', (each) => each.reads)
  chart('fetches', (each) => each.fetches)
}

function figures(snapshot, rate) {
  const told = [
    ['reads a second', Math.round(rate)],
    ['reads', snapshot.reads.toLocaleString('en')],
    ['without an answer', snapshot.errors, snapshot.errors > 0],
    ['stale', snapshot.stale, snapshot.stale > 0],
    ['behind, as promised', snapshot.behind],
    ['p50 / p99 / max of this phase', `${ms(snapshot.p50)} / ${ms(snapshot.p99)} / ${ms(snapshot.max)} ms`],
    ['writes', `${snapshot.writes}, ${snapshot.pendingWrites} pending`],
  ]
  at('figures').replaceChildren(
    ...told.map(([name, value, isBad]) => {
      const figure = make('div')
      figure.append(make('b', isBad ? 'bad' : '', String(value)), make('span', 'faint', name))
      return figure
    }),
  )
}

/** What grew by how much a second. */
function chart(id, of) {
  const rates = past.slice(1).map((each, n) => {
    const before = past[n]
    return { at: each.at, rate: Math.max(0, (of(each) - of(before)) / Math.max(0.1, (each.at - before.at) / 1000)) }
  })
  if (rates.length === 0) return
  const end = past.at(-1).at
  const start = Math.max(0, end - SPAN)
  const most = Math.max(1, ...rates.map(({ rate }) => rate))
  const x = (time) => ((time - start) / Math.max(1, end - start)) * 240
  const points = rates.map(({ at, rate }) => `${x(at).toFixed(1)},${(39 - (rate / most) * 37).toFixed(1)}`).join(' ')
  const marks = happenings
    .filter(({ at }) => at >= start)
    .map(({ at }) => drawing('line', { x1: x(at), x2: x(at), y1: 0, y2: 40 }))
  at(id).replaceChildren(...marks, drawing('polyline', { points }))
  at(`${id}-now`).textContent = `${Math.round(rates.at(-1).rate)} (at most ${Math.round(most)})`
}

function tell(all) {
  happenings = all
  at('happenings').replaceChildren(
    ...all.toReversed().map(({ at: moment, text }) => {
      const line = make('li')
      line.append(make('time', '', `${seconds(moment)} s`), make('span', '', text))
      return line
    }),
  )
}

function report({ ok, phases, total }) {
  const columns = ['phase', 'reads', 'errors', 'stale', 'p50', 'p99', 'max', 'budget', 'behind', 'fetches']
  const cell = (value) => (typeof value === 'number' && !Number.isInteger(value) ? ms(value) : String(value))
  const row = (tag, values) => {
    const line = make('tr')
    line.append(...values.map((value) => make(tag, '', value)))
    return line
  }
  const rows = [...phases, total].map((each) =>
    row(
      'td',
      columns.map((column) => cell(each[column])),
    ),
  )
  at('report').hidden = false
  at('report')
    .querySelector('table')
    .replaceChildren(row('th', columns), ...rows)
  at('phase').textContent = ok ? 'over: every reader got an answer, none was stale' : 'over: NOT WELL, see the report'
}

const stream = new EventSource('/events')
const on = (kind, run) => stream.addEventListener(kind, ({ data }) => run(JSON.parse(data)))
on('addresses', place)
on('snapshot', show)
on('happenings', tell)
on('report', report)
stream.addEventListener('error', () => {
  at('phase').textContent = 'the topology does not answer (any more)'
})

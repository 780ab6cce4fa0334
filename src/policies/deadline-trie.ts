import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { SlotQueues } from './slot-queues.ts'

/** Bits a level; a node has a cell for each value of its digit. */
const BITS = 5
const WIDTH = 1 << BITS
/** Digits in the low 30 and in the high 23 bits of a deadline, which are worked on apart as small integers. */
const LOW_LEVELS = 6
const LEVELS = 11
const LOW = 2 ** (LOW_LEVELS * BITS)
/** A cell that grows above this when something is added is split, so that no later split is long. */
const CROWDED = 64
/** A cell with more than this is split before the soonest of it is looked for. */
const FEW = 8
/** A node that holds no more than this becomes a plain cell again. */
const SPARSE = 4
/** The cell above all nodes, and the one for entries that never expire. */
const ROOT = 0
const NEVER = 1

/**
 * Slots in the order of their deadlines; those with the same one in the order in which they got it.
 *
 * A radix trie over the deadline's 11 digits of 5 bits (whole milliseconds below 2^53), grown only
 * where it is needed: a cell is a plain queue until it is crowded, or until the soonest entry is
 * asked for and the cell that must hold it has more than a few. Then it is split by the next digit.
 * A node that loses most of its entries becomes a plain cell again. It does what a heap does, by
 * digits instead of comparisons: after D. E. Knuth, "The Art of Computer Programming", vol. 3, 6.3
 * (tries with buckets), 1973.
 *
 * Cost: every operation is O(1) amortised: 11 levels, cells of at most 64 entries scanned or split,
 * except cells in which all deadlines are equal, which need neither. Twenty bytes a slot, and half a
 * kilobyte a node, of which there are seldom more than one per twenty slots.
 *
 * Invariants: every slot held is in the one cell its deadline's digits lead to; a cell is a queue or a
 * node, never both; a node's bits say which of its cells are not empty, and its total counts the slots
 * below it; every node is reached once or free.
 *
 * Attack: no hash, no comparison sort, no recursion deeper than 11. However deadlines are chosen, an
 * operation moves no more than a thousand slots, and each node in use holds more than four.
 */
export class DeadlineTrie {
  #deadline: Float64Array
  /** A queue for each cell: 0 and 1 are ROOT and NEVER, those of node n are 32 n to 32 n + 31. */
  #queues: SlotQueues
  /** The node that a cell is; 0 where it is a queue. */
  #child = new Uint32Array(WIDTH)

  // By node, from 1.
  /** A bit for each cell that is not empty. */
  #bits = new Uint32Array(1)
  /** How many slots are below. */
  #total = new Uint32Array(1)
  /** The cell a node is in; of a free node, the next free one. */
  #parent = new Uint32Array(1)
  #free = 0
  #nodes = 0
  #slots: number

  constructor(slots: number) {
    this.#slots = slots
    this.#deadline = new Float64Array(slots + 1)
    this.#queues = new SlotQueues(slots, WIDTH)
  }

  /** The deadline a slot was added with. */
  deadline(slot: Slot): number {
    return this.#deadline[slot]
  }

  /** Adds a slot that is not held, behind those of the same deadline: a whole number to 2^53 - 1, or Infinity. */
  add(slot: Slot, deadline: number): void {
    this.#deadline[slot] = deadline
    if (deadline === Number.POSITIVE_INFINITY) {
      this.#queues.append(slot, NEVER)
      return
    }
    let cell = ROOT
    let level = LEVELS
    while (this.#child[cell] !== 0) {
      const node = this.#child[cell]
      this.#total[node]++
      cell = cellBelow(node, --level, deadline)
    }
    this.#append(slot, cell)
    while (level > 0 && this.#queues.count(cell) > CROWDED)
      cell = cellBelow(this.#split(cell, level), --level, deadline)
  }

  /** Takes a slot out that is held. */
  remove(slot: Slot): void {
    const cell = this.#queues.queueOf(slot)
    this.#queues.take(slot)
    if (this.#queues.count(cell) === 0) this.#unmark(cell)
    let sparse = 0
    for (let node = cell >>> BITS; node !== 0; node = this.#parent[node] >>> BITS) {
      if (--this.#total[node] <= SPARSE) sparse = node
    }
    if (sparse !== 0) this.#join(sparse)
  }

  /** The slot with the soonest deadline, of those the one that got it first; 0 when none is held. */
  soonest(): Slot {
    let cell = ROOT
    for (let level = LEVELS; ; level--) {
      if (this.#child[cell] === 0) {
        const count = this.#queues.count(cell)
        if (count === 0) return this.#queues.first(NEVER)
        if (level === 0) return this.#queues.first(cell)
        if (count <= FEW) return this.#soonestOf(cell)
        this.#split(cell, level)
      }
      const node = this.#child[cell]
      cell = node * WIDTH + lowest(this.#bits[node])
    }
  }

  clear(): void {
    this.#queues = new SlotQueues(this.#slots, WIDTH)
    this.#child = new Uint32Array(WIDTH)
    this.#bits = new Uint32Array(1)
    this.#total = new Uint32Array(1)
    this.#parent = new Uint32Array(1)
    this.#free = 0
    this.#nodes = 0
  }

  /** Makes room for slots up to `slots`; all held are within it. */
  resize(slots: number): void {
    this.#slots = slots
    this.#deadline = carried(this.#deadline, new Float64Array(slots + 1))
    this.#queues.resize(slots)
  }

  /** Every slot held, the soonest first. */
  *slots(): IterableIterator<Slot> {
    yield* this.#below(ROOT)
    yield* this.#queues.slots(NEVER)
  }

  /** Proves the invariants; returns how many slots are held. @throws TerraceError `ERR_INVARIANT` */
  check(): number {
    const reached = { nodes: 0 }
    const held = this.#checkCell(ROOT, LEVELS, 0, reached) + this.#queues.check(NEVER)
    for (const slot of this.#queues.slots(NEVER)) {
      invariant(this.#deadline[slot] === Number.POSITIVE_INFINITY, () => `deadlines: slot ${slot} does expire`)
    }
    let free = 0
    for (let node = this.#free; node !== 0; node = this.#parent[node]) {
      invariant(this.#total[node] === 0 && this.#bits[node] === 0, () => `deadlines: free node ${node} is in use`)
      invariant(++free <= this.#nodes, () => 'deadlines: the free nodes form a circle')
    }
    invariant(
      reached.nodes + free === this.#nodes,
      () => `deadlines: ${reached.nodes} + ${free} nodes of ${this.#nodes}`,
    )
    return held
  }

  #append(slot: Slot, cell: number): void {
    this.#queues.append(slot, cell)
    this.#bits[cell >>> BITS] |= 1 << (cell & (WIDTH - 1))
  }

  #unmark(cell: number): void {
    this.#bits[cell >>> BITS] &= ~(1 << (cell & (WIDTH - 1)))
  }

  #soonestOf(cell: number): Slot {
    let soonest = this.#queues.first(cell)
    for (let slot = this.#queues.next(soonest); slot !== 0; slot = this.#queues.next(slot)) {
      if (this.#deadline[slot] < this.#deadline[soonest]) soonest = slot
    }
    return soonest
  }

  /** Makes a queue a node, whose number it returns: its slots go where their next digit says, in their order. */
  #split(cell: number, level: number): number {
    const node = this.#claim(cell)
    this.#total[node] = this.#queues.count(cell)
    for (let slot = this.#queues.release(cell); slot !== 0; ) {
      const next = this.#queues.next(slot)
      this.#append(slot, cellBelow(node, level - 1, this.#deadline[slot]))
      slot = next
    }
    return node
  }

  /** Makes a node, with all below it, a queue. */
  #join(node: number): void {
    const cell = this.#parent[node]
    this.#child[cell] = 0
    this.#unmark(cell)
    this.#gather(node, cell)
  }

  /** Appends all below `node` to the queue of `cell`, and frees the node. Equal deadlines keep their order. */
  #gather(node: number, cell: number): void {
    for (let bits = this.#bits[node]; bits !== 0; bits &= bits - 1) {
      const from = node * WIDTH + lowest(bits)
      const child = this.#child[from]
      this.#child[from] = 0
      if (child !== 0) this.#gather(child, cell)
      for (let slot = this.#queues.release(from); slot !== 0; ) {
        const next = this.#queues.next(slot)
        this.#append(slot, cell)
        slot = next
      }
    }
    this.#bits[node] = 0
    this.#total[node] = 0
    this.#parent[node] = this.#free
    this.#free = node
  }

  /** Gives `cell` a node with empty cells. */
  #claim(cell: number): number {
    let node = this.#free
    if (node !== 0) this.#free = this.#parent[node]
    else {
      node = ++this.#nodes
      if (node === this.#bits.length) this.#grow(2 * node)
    }
    this.#parent[node] = cell
    this.#child[cell] = node
    return node
  }

  #grow(nodes: number): void {
    this.#queues.grow(nodes * WIDTH)
    this.#child = carried(this.#child, new Uint32Array(nodes * WIDTH))
    this.#bits = carried(this.#bits, new Uint32Array(nodes))
    this.#total = carried(this.#total, new Uint32Array(nodes))
    this.#parent = carried(this.#parent, new Uint32Array(nodes))
  }

  *#below(cell: number): IterableIterator<Slot> {
    const node = this.#child[cell]
    if (node === 0) yield* [...this.#queues.slots(cell)].sort((a, b) => this.#deadline[a] - this.#deadline[b])
    else for (let digit = 0; digit < WIDTH; digit++) yield* this.#below(node * WIDTH + digit)
  }

  /** Proves a cell whose deadlines all begin with the digits of `prefix`; returns how many slots are below. */
  #checkCell(cell: number, level: number, prefix: number, reached: { nodes: number }): number {
    const count = this.#queues.check(cell)
    for (const slot of this.#queues.slots(cell)) {
      const begins = Math.floor(this.#deadline[slot] / WIDTH ** level) === prefix
      invariant(begins, () => `deadlines: slot ${slot} at ${this.#deadline[slot]} is in a wrong cell`)
    }
    invariant(level === 0 || count <= CROWDED, () => `deadlines: ${count} in one cell of level ${level}`)
    const node = this.#child[cell]
    if (node === 0) return count
    invariant(++reached.nodes <= this.#nodes, () => 'deadlines: nodes form a circle')
    invariant(level > 0 && count === 0, () => `deadlines: cell ${cell} is a queue and a node`)
    invariant(this.#parent[node] === cell, () => `deadlines: node ${node} of cell ${cell} is in ${this.#parent[node]}`)
    let total = 0
    for (let digit = 0; digit < WIDTH; digit++) {
      const below = this.#checkCell(node * WIDTH + digit, level - 1, prefix * WIDTH + digit, reached)
      const marked = ((this.#bits[node] >>> digit) & 1) === 1
      invariant(marked === below > 0, () => `deadlines: bit ${digit} of node ${node} is wrong`)
      total += below
    }
    invariant(total === this.#total[node], () => `deadlines: node ${node} holds ${total}, not ${this.#total[node]}`)
    invariant(total > SPARSE, () => `deadlines: node ${node} holds only ${total}`)
    return total
  }
}

/** The cell of `node` for the digit of `level` of a deadline. */
function cellBelow(node: number, level: number, deadline: number): number {
  const low = level < LOW_LEVELS
  const digits = low ? deadline | 0 : Math.floor(deadline / LOW)
  return node * WIDTH + ((digits >>> ((low ? level : level - LOW_LEVELS) * BITS)) & (WIDTH - 1))
}

/** The position of the lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

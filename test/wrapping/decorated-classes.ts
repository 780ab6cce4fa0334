/**
 * Classes with decorators, as an application writes them. Node runs no decorators: `decorators.test.ts` compiles this
 * file. It imports nothing but types, so that it can be compiled by itself.
 */
import type { cached as Cached, invalidates as Invalidates, MultiLevelCache, WriteResult } from '../../src/index.ts'

export interface User {
  readonly id: number
  readonly name: string
}

export interface Tools {
  readonly cache: MultiLevelCache<unknown>
  readonly cached: typeof Cached
  readonly invalidates: typeof Invalidates
  /** Told what happens, for the test to see. */
  readonly note: (what: string) => void
}

interface Counting {
  find(id: number): Promise<User | undefined>
  rename(id: number, name: string): Promise<boolean>
  remove(id: number): Promise<boolean>
  count(minimum?: number): Promise<number>
  tell(id: number): Promise<string>
}

interface CountingClass {
  new (own?: MultiLevelCache<unknown>): Counting
  counted(): Promise<number>
}

export interface Decorated {
  readonly Users: CountingClass
  readonly Admins: CountingClass
  readonly Guests: CountingClass
  readonly Pending: new () => { touch(): Promise<void> }
}

export function decorate({ cache, cached, invalidates, note }: Tools): Decorated {
  class Users {
    readonly #rows = new Map<number, User>()
    readonly #own: MultiLevelCache<unknown>
    static #counted = 0

    constructor(own: MultiLevelCache<unknown> = cache) {
      this.#own = own
      for (const id of [1, 2]) this.#rows.set(id, { id, name: `user ${id}` })
    }

    @cached(cache, {
      key: (id: number) => `user:${id}`,
      tags: ([id]: [id: number], user: User) => ['users', `${id} is ${user.name}`],
    })
    async find(id: number): Promise<User | undefined> {
      note(`find ${id}`)
      return this.#rows.get(id)
    }

    @invalidates(cache, { keys: ([id]: [id: number]) => [`user:${id}`] })
    async rename(id: number, name: string): Promise<boolean> {
      note(`rename ${id}`)
      if (name === '') throw new Error('no name')
      this.#rows.set(id, { id, name })
      return true
    }

    @invalidates(cache, { tags: (_args: [id: number], removed: boolean) => (removed ? ['users'] : []) })
    async remove(id: number): Promise<boolean> {
      return this.#rows.delete(id)
    }

    @cached((users: Users) => users.#own)
    async count(minimum = 0): Promise<number> {
      note(`count ${minimum}`)
      return [...this.#rows.keys()].filter((id) => id >= minimum).length
    }

    @cached(cache, { name: 'secret' })
    async #secret(id: number): Promise<string> {
      note(`secret ${id}`)
      return `secret of ${id} of ${this.#rows.size}`
    }

    async tell(id: number): Promise<string> {
      return this.#secret(id)
    }

    @cached(cache)
    static async counted(): Promise<number> {
      note('counted')
      return ++Users.#counted
    }
  }

  class Admins extends Users {
    // What the base class has cached is asked for from within: a key of its own, or both would wait for each other.
    @cached((admins: Admins) => admins.cacheOfAdmins)
    override async count(minimum = 0): Promise<number> {
      note(`admins ${minimum}`)
      return 100 + (await super.count(minimum))
    }

    get cacheOfAdmins(): MultiLevelCache<unknown> {
      return cache
    }
  }

  class Guests extends Users {}

  class Pending {
    @invalidates(cache, {
      keys: ['fixed'],
      tags: ['fixed tag'],
      onPending: ({ ok, levels }: WriteResult) => note(`pending ${!ok} ${levels.map(({ outcome }) => outcome)}`),
    })
    async touch(): Promise<void> {}
  }

  return { Users, Admins, Guests, Pending }
}

/** Each throws when it is called, for its decorator is where it cannot be. */
export const misplaced: Record<string, (tools: Tools) => unknown> = {
  'a getter': ({ cache, cached }) => {
    class Misplaced {
      // @ts-expect-error not a method
      @cached(cache)
      get name(): string {
        return 'name'
      }
    }
    return Misplaced
  },
  'a setter': ({ cache, invalidates, note }) => {
    class Misplaced {
      // @ts-expect-error not a method
      @invalidates(cache, { keys: ['k'] })
      set name(text: string) {
        note(text)
      }
    }
    return Misplaced
  },
  'a field': ({ cache, cached }) => {
    class Misplaced {
      // @ts-expect-error not a method
      @cached(cache)
      run = async (): Promise<number> => 1
    }
    return Misplaced
  },
  'an accessor': ({ cache, cached }) => {
    class Misplaced {
      // @ts-expect-error not a method
      @cached(cache)
      accessor run = async (): Promise<number> => 1
    }
    return Misplaced
  },
  'a class': ({ cache, cached }) => {
    // @ts-expect-error not a method
    @cached(cache)
    class Misplaced {}
    return Misplaced
  },
}

/** A method that only its class can call has no name that would tell it from others. */
export function decoratePrivate({ cache, cached }: Tools): unknown {
  class Hiding {
    @cached(cache)
    async #hidden(): Promise<number> {
      return 1
    }

    async show(): Promise<number> {
      return this.#hidden()
    }
  }
  return Hiding
}

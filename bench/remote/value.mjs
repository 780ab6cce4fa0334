/** A user as a service keeps it: 941 bytes of JSON, some fields, a list, an object and a longer text. */
export const userOf = (id) => ({
  id,
  name: `user ${id}`,
  email: `user${id}@example.com`,
  active: id % 2 === 0,
  roles: ['admin', 'editor', 'viewer'],
  address: { street: `${id} Main Street`, city: 'Springfield', zip: '12345', country: 'US' },
  score: id * 1.5,
  bio: 'lorem ipsum dolor sit amet '.repeat(27),
})

export const KEYS = 2000
export const keyOf = (id) => `user:${id}`

import { expect, it } from 'vitest'
import { clusterIn } from '../../src/stores/redis/cluster-info.ts'

const NODES = `\
07c3 127.0.0.1:30004@31004,hostname4 slave e7d1 0 1426238317239 4 connected
67ed 127.0.0.1:30002@31002 master - 0 1426238316232 2 connected 5461-10922
292f 127.0.0.1:30003@31003 master,fail - 0 1426238318243 3 disconnected 10923-16382 16383
e7d1 [::1]:30001@31001 myself,master - 0 0 1 connected 0-5459 5460 [93->-67ed]
rubbish
`

it('says what the nodes of a cluster are', () => {
  const info = 'cluster_enabled:1\r\ncluster_state:fail\r\ncluster_slots_ok:10923\r\n'
  expect(clusterIn(info, NODES)).toEqual({
    state: 'fail',
    slots: 10_923,
    nodes: [
      { address: '127.0.0.1:30004', role: 'replica', master: '[::1]:30001', slots: 0, isUp: true },
      { address: '127.0.0.1:30002', role: 'master', master: undefined, slots: 5462, isUp: true },
      { address: '127.0.0.1:30003', role: 'master', master: undefined, slots: 5461, isUp: false },
      { address: '[::1]:30001', role: 'master', master: undefined, slots: 5461, isUp: true },
    ],
  })
})

it('knows nothing where nothing is told', () => {
  expect(clusterIn('', '')).toEqual({ state: 'unknown', slots: 0, nodes: [] })
})

it('takes nothing for a number of slots that is none', () => {
  const { slots, nodes } = clusterIn(
    'cluster_slots_ok:many',
    'e7d1 a:1@2 myself,master - 0 0 1 connected 9-3 0-99999999999999999999 7 100-200',
  )
  expect([slots, nodes[0]!.slots]).toEqual([0, 102])
})

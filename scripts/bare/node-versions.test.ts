import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { NODE_VERSIONS, nodesSummary } from './node-versions.mjs'

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  engines: { node: string }
}

test('the oldest Node.js that is tried is the oldest that package.json takes', () => {
  expect(engines.node).toBe(`>=${NODE_VERSIONS[0]}.0`)
})

describe('what the runs ended with', () => {
  const passed = { version: '24', given: 'v24.1.0', lastLine: '9 passed, 0 failed, 0 skipped', status: 0 }

  test('is fine where all are', () => {
    const { lines, ok } = nodesSummary([passed, { ...passed, version: '26', given: 'v26.0.0' }])
    expect(ok).toBe(true)
    expect(lines).toEqual([
      '  ✓ Node.js 24     v24.1.0    9 passed, 0 failed, 0 skipped',
      '  ✓ Node.js 26     v26.0.0    9 passed, 0 failed, 0 skipped',
    ])
  })

  test('is not where one failed, was ended by a signal, or none ran', () => {
    for (const status of [1, null]) expect(nodesSummary([passed, { ...passed, status }]).ok).toBe(false)
    expect(nodesSummary([]).ok).toBe(false)
  })
})

import { describe, expect, test } from 'vitest'
import { agentStream, trajectorySchema } from './agent-trajectory.js'
import { editStream } from './edit-trace.js'
import { shortenGaps } from './shorten-gaps.js'
import { parseCast, terminalStream } from './terminal-cast.js'

test('pauses over a minute become a minute; a clock that was set back stands still', () => {
  expect(shortenGaps([1000, 1500, 500, 1600, 100_000_000, 100_060_000])).toEqual([
    0, 500, 500, 600, 60_600, 120_600,
  ])
  expect(shortenGaps([])).toEqual([])
})

describe('an editing trace', () => {
  const at = (time: string, ...patches: [number, number, string][]) => ({
    time: `2020-01-01T00:00:${time}Z`,
    patches,
  })
  const trace = {
    startContent: '',
    endContent: 'hello you',
    txns: [
      { time: '1970-01-01T00:00:00.000Z', patches: [[0, 0, 'hello']] as [number, number, string][] },
      at('10.000', [5, 0, ' wor']),
      at('11.000', [9, 0, 'ld']),
      at('14.000', [6, 5, ''], [6, 0, 'you']),
    ],
  }

  test('is one code_edit per transaction at its time, saved where the typing rests', () => {
    expect(
      editStream('a/b.txt', 'text', trace).map((e) => [e.offsetMs, e.type, e.data.changes ?? e.data.content]),
    ).toEqual([
      [0, 'code_edit', [[0, 0, 'hello']]],
      [0, 'code_edit', [[5, 0, ' wor']]],
      [1000, 'code_edit', [[9, 0, 'ld']]],
      [3000, 'code_snapshot', 'hello world'],
      [4000, 'code_edit', [[6, 5, 'you']]],
      [6000, 'code_snapshot', 'hello you'],
    ])
  })

  test('that does not lead to its end is refused', () => {
    expect(() => editStream('a.txt', 'text', { ...trace, endContent: 'else' })).toThrow(
      'a.txt do not lead to its endContent',
    )
  })
})

test('a cast is its screen’s size and then all that passed through the terminal', () => {
  const cast = parseCast(
    '{"version": 2, "width": 80, "height": 20}\n[0.5, "o", "$ "]\n[0.75, "i", "l"]\n[0.8, "m", "marker"]\n[90.8, "r", "100x30"]\n',
  )
  expect(terminalStream(cast).map((e) => [e.offsetMs, e.data.channel, e.data.data])).toEqual([
    [0, 'r', '80x20'],
    [500, 'o', '$ '],
    [750, 'i', 'l'],
    [60_750, 'r', '100x30'],
  ])
  expect(() => parseCast('{"version": 1}')).toThrow()
})

describe('an agent’s run', () => {
  const turn = (action: string, observation: string) => ({
    response: `I run ${action}.`,
    action,
    observation,
    execution_time: '0.5',
    state: '{"working_dir":"/repo"}',
  })
  const run = (exit_status: string | null, ...trajectory: ReturnType<typeof turn>[]) =>
    agentStream(
      trajectorySchema.parse({
        history: [
          { role: 'system', content: 'You fix bugs.' },
          { role: 'user', content: 'Fix this.' },
          { role: 'assistant', content: 'Said again as a turn.' },
        ],
        trajectory,
        info: { exit_status },
      }),
    )
  const results = (events: ReturnType<typeof run>) =>
    events.filter((e) => e.type === 'test_result').map((e) => [e.data.testName, e.data.passed])

  test('is chat, commands and their output, in order', () => {
    const events = run('submitted', turn('ls', 'a.py'), turn('cat a.py', 'x = 1'))
    expect(events.map((e) => [e.type, e.data.role ?? e.data.command ?? e.data.output])).toEqual([
      ['ai_interaction', 'system'],
      ['ai_interaction', 'user'],
      ['ai_interaction', 'assistant'],
      ['terminal_input', 'ls'],
      ['terminal_output', 'a.py'],
      ['ai_interaction', 'assistant'],
      ['terminal_input', 'cat a.py'],
      ['terminal_output', 'x = 1'],
    ])
    expect(events[3]?.data.workingDirectory).toBe('/repo')
    const times = events.map((e) => e.offsetMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect((times[4] ?? 0) - (times[3] ?? 0)).toBe(500)
  })

  test('a script passed where it printed what the last run before the fix was submitted printed', () => {
    const turns = [
      turn('python reproduce.py', '344'),
      turn('edit it', ''),
      turn('python reproduce.py', '345'),
    ]
    expect(results(run('submitted', ...turns))).toEqual([
      ['python reproduce.py', false],
      ['python reproduce.py', true],
    ])
    expect(results(run('exit_cost', ...turns))).toEqual([])
  })

  test('a test runner says itself whether it passed, and a traceback is a failure', () => {
    expect(
      results(
        run(
          null,
          turn('pytest -q tests', '2 failed, 3 passed in 0.1s'),
          turn('python -m pytest', '5 passed in 0.1s'),
          turn('python test_a.py', 'Traceback (most recent call last)\n  boom'),
          turn('pytest --version', 'pytest 8'),
        ),
      ),
    ).toEqual([
      ['pytest -q tests', false],
      ['python -m pytest', true],
      ['python test_a.py', false],
    ])
  })
})

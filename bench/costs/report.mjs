import { table } from '../support/table.mjs'

/** @param {import('../../scripts/plan/costs.js').Costs} costs */
export function reportLines({ server, worker, redis, postgres, archive, lag }) {
  const number = (/** @type {number} */ value) =>
    value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
  return [
    ...table(
      [
        'candidates',
        'events/s',
        'lag p50, s',
        'p99',
        'most',
        'server, µs an event',
        'worker',
        'Redis',
        'PostgreSQL',
      ],
      lag.map((load) => [
        `${load.candidates}${load.watchers > 0 ? `, ${load.watchers} watched` : ''}`,
        number(load.eventsPerSec),
        ...[load.p50Ms, load.p99Ms, load.maxMs].map((ms) => (ms / 1000).toFixed(1)),
        ...[
          load.cpuUsPerEvent.server,
          load.cpuUsPerEvent.worker,
          load.cpuUsPerEvent.redis,
          load.cpuUsPerEvent.postgres,
        ].map(number),
      ]),
    ),
    '',
    ...table(
      ['processor time, µs', 'server', 'worker', 'Redis', 'PostgreSQL'],
      [
        ['an event that is received', number(server.cpuUsPerEvent), '', number(redis.cpuUsPerEvent), ''],
        [
          'a connection, each second',
          number(server.cpuUsPerConnectionSec),
          '',
          number(redis.cpuUsPerConnectionSec),
          '',
        ],
        ['a watcher, each second', number(server.cpuUsPerWatcherSec), '', '', ''],
        ['an event that is shown', number(server.cpuUsPerEventShown), '', '', ''],
        ['a transaction', '', number(worker.cpuUsPerRound), '', number(postgres.cpuUsPerRound)],
        [
          '… for each session in it',
          '',
          number(worker.cpuUsPerSessionFlush),
          '',
          number(postgres.cpuUsPerSessionFlush),
        ],
        ['… for each event', '', number(worker.cpuUsPerEvent), '', number(postgres.cpuUsPerEvent)],
        ['a close', '', number(worker.cpuMsPerClose * 1000), '', number(postgres.cpuMsPerClose * 1000)],
        [
          '… for each event',
          '',
          number(worker.cpuUsPerClosedEvent),
          '',
          number(postgres.cpuUsPerClosedEvent),
        ],
      ],
    ),
    '',
    ...table(
      ['bytes', 'server', 'worker', 'Redis', 'PostgreSQL', 'archive'],
      [
        ['process', number(server.bytes), number(worker.bytes), '', '', ''],
        [
          'a session or connection',
          number(server.bytesPerConnection),
          '',
          number(redis.bytesPerSession),
          '',
          '',
        ],
        [
          'an event',
          '',
          '',
          number(redis.bytesPerEvent),
          number(postgres.bytesPerEvent),
          number(archive.bytesPerEvent),
        ],
        ['… in the write-ahead log', '', '', '', number(postgres.walBytesPerEvent), ''],
      ],
    ),
  ]
}

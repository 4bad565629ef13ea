import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AppControllerRoute, IServerAdapter, UIConfig } from '@bull-board/api/dist/types.js'
import fastifyStatic from '@fastify/static'
import { openQueueViews } from '../../db/queue-views.js'
import type { RedisClient } from '../../db/redis.js'
import {
  ARCHIVE_QUEUE,
  archiveJobSchema,
  FLUSH_QUEUE,
  flushJobSchema,
  type JobQueueName,
  SWEEP_QUEUE,
  sweepJobSchema,
} from '../../protocol/jobs.js'
import { BOARD_PATH, boardSignIn } from './board-sign-in.js'
import type { App, HttpContext } from './context.js'
import { BOARD_POLICY } from './security-headers.js'

/** Where the queues are; only asked for what they hold. */
export interface BoardQueues {
  redis: RedisClient
  prefix: string
}

/** What a job says of its work, and nothing that somebody may have put beside it. */
const SHOWN_DATA = {
  [FLUSH_QUEUE]: flushJobSchema,
  [ARCHIVE_QUEUE]: archiveJobSchema,
  [SWEEP_QUEUE]: sweepJobSchema,
}
const shownData = (name: JobQueueName, data: unknown) => SHOWN_DATA[name].safeParse(data).data ?? {}

/**
 * Bull Board under /queues, for service tokens, to look and nothing else: only its GET routes are there
 * (docs/decisions/queue-board.md). Its packages are loaded here, so that a server without it does not.
 */
export async function queueBoard(
  app: App,
  context: HttpContext,
  { redis, prefix }: BoardQueues,
): Promise<void> {
  const [{ createBullBoard }, { BullMQAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
  ])
  const uiBasePath = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'))
  const queues = openQueueViews(redis, prefix).map(({ name, queue }) => {
    const adapter = new BullMQAdapter(queue, { readOnlyMode: true })
    adapter.setFormatter('data', (data) => shownData(name, data))
    adapter.setFormatter('returnValue', () => null)
    return adapter
  })
  await app.register(
    async (board) => {
      board.addHook('onRequest', async (_request, reply) => {
        reply.header('content-security-policy', BOARD_POLICY).header('cache-control', 'no-store')
      })
      boardSignIn(board as App, context)
      await board.register(fastifyStatic, {
        root: join(uiBasePath, 'dist/static'),
        prefix: '/static',
        decorateReply: false,
      })
      createBullBoard({
        queues,
        serverAdapter: boardRoutes(board as App, join(uiBasePath, 'dist/index.ejs')),
        options: { uiBasePath, uiConfig: { boardTitle: 'Queues', hideRedisDetails: true } },
      })
    },
    { prefix: BOARD_PATH },
  )
}

/** Puts what Bull Board serves into routes of ours. */
function boardRoutes(board: App, pageFile: string): IServerAdapter {
  let queues: Parameters<IServerAdapter['setQueues']>[0]
  let uiConfig: UIConfig = {}
  const hidden = { schema: { hide: true } }
  const adapter: IServerAdapter = {
    setQueues: (given) => {
      queues = given
      return adapter
    },
    setUIConfig: (given) => {
      uiConfig = given
      return adapter
    },
    setViewsPath: () => adapter,
    setStaticPath: () => adapter,
    // Ours says what went wrong, to the log as well.
    setErrorHandler: () => adapter,
    setEntryRoute: ({ route, handler }) => {
      const { uiConfig: config = '' } = handler({ basePath: BOARD_PATH, uiConfig }).params
      const page = boardPage(pageFile, config)
      for (const path of [route].flat()) {
        board.get(path, hidden, (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
      }
      return adapter
    },
    setApiRoutes: (routes) => {
      for (const { path, handler } of routes.flatMap(looking)) {
        board.get(path, hidden, async (request, reply) => {
          const { params, query } = request as {
            params: Record<string, string>
            query: Record<string, string>
          }
          const headers = {}
          const { status = 200, body } = await handler({ queues, uiConfig, params, query, headers, body: {} })
          return reply.code(status).send(body)
        })
      }
      return adapter
    },
  }
  return adapter
}

/** A route where it only looks: what changes a queue is for the workers alone. */
const looking = ({ method, route, handler }: AppControllerRoute) =>
  [method].flat().includes('get') ? [route].flat().map((path) => ({ path, handler })) : []

/**
 * The page with the scripts and styles of Bull Board's own, and nothing of it that is inline or from elsewhere. What is
 * for the program stands in a data block, which no policy has to allow.
 */
function boardPage(pageFile: string, uiConfig: string): string {
  if (!existsSync(pageFile)) throw new Error(`@bull-board/ui has no ${pageFile}`)
  const given = readFileSync(pageFile, 'utf8')
  const styles = given.match(/<link href="static\/css\/[^"]+" rel="stylesheet">/g) ?? []
  const scripts = given.match(/<script defer src="static\/js\/[^"]+"><\/script>/g) ?? []
  if (styles.length === 0 || scripts.length === 0)
    throw new Error('@bull-board/ui has another page than known')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<base href="${BOARD_PATH}/">
<title>Queues</title>
<link rel="icon" type="image/png" href="static/favicon-32x32.png">
${styles.join('\n')}
</head>
<body>
<script id="__UI_CONFIG__" type="application/json">${uiConfig}</script>
<div id="root">Loading</div>
${scripts.join('\n')}
</body>
</html>
`
}

import { createSessionService } from '../../client-sdk/src/service.js'

/** What the interview platform does anyway; nothing of it knows that it is recorded. */
export interface Platform {
  execute(sessionId: string, command: string): Promise<{ stdout: string; stderr: string; exitCode: number }>
  read(sessionId: string, path: string): Promise<string | null>
  write(sessionId: string, path: string, content: string): Promise<void>
  runTests(sessionId: string): Promise<{ testName: string; passed: boolean; duration: number }[]>
  ask(message: string): Promise<{ content: string; model: string; inputTokens: number; outputTokens: number }>
}

/** Route handlers as Next.js takes them: `export const { terminal: POST } = routeHandlers(…)`. */
export function routeHandlers(url: string, token: string, platform: Platform) {
  const recorder = createSessionService({ url, token })
  const route =
    <Body>(handle: (id: string, body: Body) => Promise<unknown>) =>
    async (request: Request, { params }: { params: Promise<{ id: string }> }) =>
      Response.json(await handle((await params).id, await request.json()))
  return {
    recorder,
    begin: async (request: Request) => {
      const { candidateId, question } = await request.json()
      // One recording per candidate: a repeated call answers with the same session.
      const session = await recorder.createSession({ candidateId, question, timeLimit: 45 * 60 })
      const data = { questionTitle: question.title, language: question.language, timeLimit: 45 * 60 }
      await recorder.recordEvent(session.id, { type: 'session_start', data }, { idempotencyKey: 'begin' })
      return Response.json({ sessionId: session.id, token: session.candidateToken })
    },
    terminal: route<{ command: string }>(async (id, { command }) => {
      await recorder.recordEvent(id, { type: 'terminal_input', data: { command, workingDirectory: '/' } })
      const result = await platform.execute(id, command)
      await recorder.recordEvent(id, { type: 'terminal_output', data: result })
      return result
    }),
    save: route<{ path: string; language: string; content: string }>(async (id, file) => {
      const { path, language, content } = file
      const previous = await platform.read(id, path)
      await platform.write(id, path, content)
      await recorder.recordEvent(id, { type: 'file_write', fileId: path, data: { filePath: path, language } })
      const snapshot = { fileId: path, fileName: path, language, content }
      return recorder.recordCodeSnapshot(id, snapshot, previous)
    }),
    tests: route<{ language: string }>(async (id, { language }) => {
      await recorder.recordEvent(id, { type: 'test_run_start', data: { language } })
      const results = await platform.runTests(id)
      await Promise.all(results.map((result) => recorder.recordTestResult(id, result)))
      return results
    }),
    chat: route<{ message: string }>(async (id, { message }) => {
      const asked = performance.now()
      await recorder.recordClaudeInteraction(id, { role: 'user', content: message })
      const answer = await platform.ask(message)
      const latency = performance.now() - asked
      await recorder.recordClaudeInteraction(id, { role: 'assistant', ...answer, latency })
      return answer
    }),
    submit: route<{ finalCode: unknown }>((id, body) => recorder.closeSession(id, 'COMPLETED', body)),
  }
}

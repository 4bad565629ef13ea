import { createApi } from '../../client-sdk/src/index.js'

export function interviews(url: string, serviceToken: string) {
  const api = createApi({ url, token: serviceToken })
  return {
    /** A candidate begins; one recording per candidate, so a repeated call answers with the same session. */
    async begin(candidateId: string) {
      const question = { title: 'Two Sum', language: 'python' }
      const session = await api.createSession({ candidateId, question, timeLimit: 45 * 60 })
      return { sessionId: session.id, token: session.candidateToken }
    },
    /** What happens on the platform's side is recorded there; numbered, so that sending twice changes nothing. */
    testRan(sessionId: string, firstSeq: number, testName: string, passed: boolean) {
      const event = { type: 'test_result', timestamp: Date.now(), data: { testName, passed } }
      return api.postEvents(sessionId, { source: 'test-runner', firstSeq, events: [event] })
    },
    proctorToken: async (sessionId: string, proctor: string) =>
      (await api.createToken(sessionId, { role: 'proctor', sub: proctor })).token,
    finish: (sessionId: string) => api.closeSession(sessionId, { status: 'COMPLETED' }),
  }
}

import { recorder } from '@/lib/recorder'

interface Context {
  params: Promise<{ id: string }>
}

/** The token of the candidate's tab; asked for again whenever one has expired. */
export async function POST(_request: Request, { params }: Context) {
  const { id: candidateId } = await params
  // Here goes your own check that whoever asks is this candidate.
  // One recording per candidate: every call after the first answers with the same session.
  const session = await recorder().createSession({
    candidateId,
    question: { title: 'Two Sum' },
    timeLimit: 45 * 60,
  })
  return Response.json({ token: session.candidateToken })
}

/** The interview is over: closes the recording. */
export async function DELETE(request: Request, { params }: Context) {
  const { id: candidateId } = await params
  const { finalCode } = (await request.json()) as { finalCode: unknown }
  const { sessions } = await recorder().listSessions({ candidateId })
  const [session] = sessions
  if (!session) return new Response(null, { status: 404 })
  await recorder().closeSession(session.id, 'COMPLETED', { finalCode })
  return new Response(null, { status: 204 })
}

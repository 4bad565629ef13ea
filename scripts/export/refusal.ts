/** Why the service refused, in words for people. Reads the answer's body. */
export async function refusalOf(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { code: string; message: string } } | null
  return body?.error === undefined
    ? `the service answered ${answer.status}`
    : `${body.error.code}: ${body.error.message}`
}

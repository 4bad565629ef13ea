/** A `fetch` that gives each request the same kind of answer, and notes in `asked` where it went. */
export const answering = (response: () => Response, asked: string[] = []): typeof fetch =>
  (async (url: string) => {
    asked.push(url)
    return response()
  }) as typeof fetch

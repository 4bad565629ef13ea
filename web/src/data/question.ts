/** What the console shows of a question: the platform sends it as it likes, as a text or an object. */
export interface Question {
  title: string | null
  language: string | null
}

export function readQuestion(question: unknown): Question {
  if (typeof question === 'string') return { title: question, language: null }
  if (typeof question !== 'object' || question === null) return { title: null, language: null }
  const { title, questionTitle, language } = question as Record<string, unknown>
  return { title: textOf(title) ?? textOf(questionTitle), language: textOf(language) }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

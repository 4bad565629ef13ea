/** What the demo interview is about. The server writes it into the session, the page shows it. */
export const DEMO_QUESTION = {
  id: 'demo-free-slots',
  title: 'Free slots',
  difficulty: 'medium',
  language: 'javascript',
} as const

export const DEMO_TIME_LIMIT_SEC = 45 * 60

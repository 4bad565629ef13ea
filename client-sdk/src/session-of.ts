/** The session that a token opens, where it opens one and says so. Its signature is the service's business. */
export function sessionOf(token: string): string | null {
  try {
    const claims = token.split('.')[1] as string
    const { sid } = JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/')))
    return typeof sid === 'string' && sid !== '*' ? sid : null
  } catch {
    return null
  }
}

import { timeOfDay } from '../ui/format.js'
import type { SignInRefusal } from './sign-in-state.js'

/** A refused and an expired token are different things: what happened, what it means, what to do. */
export function refusalWords({ code, claims }: SignInRefusal): { title: string; text: string } {
  switch (code) {
    case 'TOKEN_EXPIRED': {
      const expiresAtMs = claims?.expiresAtMs ?? null
      const when = expiresAtMs === null ? '' : ` It was good until ${timeOfDay(expiresAtMs)}.`
      return {
        title: 'Your sign-in has expired',
        text: `Nothing is wrong with it, its time is over.${when} Recordings are not affected. Get a new link and open it, or paste its token.`,
      }
    }
    case 'ROLE_FORBIDDEN': {
      const role = claims?.role ?? null
      const whose = role === null ? 'another role' : `the role “${role}”`
      return {
        title: 'This token does not open the console',
        text: `It was accepted, but it is for ${whose}. The console is for proctors: use a link that was made for one.`,
      }
    }
    default:
      return {
        title: 'This token was refused',
        text: 'It is damaged or was signed for another service, so it never worked here. Copy the whole link again, or get a new one from where this service runs.',
      }
  }
}

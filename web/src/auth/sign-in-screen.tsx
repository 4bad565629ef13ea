import { type FormEvent, useState } from 'react'
import { BrandBar } from '../ui/brand-bar.js'
import { Icon } from '../ui/icon.js'
import { ThemeButton } from '../ui/theme-button.js'
import { refusalWords } from './refusal-words.js'
import { type SignInRefusal, signIn } from './sign-in-state.js'
import { cleanPastedToken, readClaims } from './token.js'
import './sign-in.css'

/** Asks for a token. With a refusal it first says why the last one no longer opens the door. */
export function SignInScreen({ refusal }: { refusal: SignInRefusal | null }) {
  const [pasted, setPasted] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const words = refusal === null ? null : refusalWords(refusal)

  const submit = (form: FormEvent) => {
    form.preventDefault()
    const token = cleanPastedToken(pasted)
    if (readClaims(token) === null) {
      setProblem('This is no token. A token has three parts with dots between them and begins with “ey”.')
      return
    }
    signIn(token)
  }
  return (
    <div className="sign-in">
      <BrandBar>
        <ThemeButton />
      </BrandBar>
      <main>
        <form onSubmit={submit}>
          <h1>Sign in</h1>
          {words === null ? (
            <p>
              Open the sign-in link that the platform, or the start of the service, gave you, or paste its
              token here.
            </p>
          ) : (
            <div className="notice" data-tone="signal" role="alert" data-code={refusal?.code}>
              <Icon name="signal" />
              <div>
                <strong>{words.title}</strong>
                {words.text}
              </div>
            </div>
          )}
          <label htmlFor="token">Token or sign-in link</label>
          <textarea
            id="token"
            className="field"
            rows={4}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            aria-describedby="token-help"
            aria-invalid={problem !== null}
            value={pasted}
            onChange={(change) => {
              setPasted(change.target.value)
              setProblem(null)
            }}
          />
          <p
            id="token-help"
            className={problem === null ? 'quiet' : 'failure'}
            role={problem === null ? undefined : 'alert'}
          >
            {problem ?? 'It is kept for this tab alone and forgotten when the tab is closed.'}
          </p>
          <button type="submit" className="button button-primary" disabled={pasted.trim() === ''}>
            Sign in
          </button>
        </form>
        <aside>
          <h2>Running it yourself?</h2>
          <p>
            <code className="command">npm start</code> prints a link that signs you in.
          </p>
        </aside>
      </main>
    </div>
  )
}

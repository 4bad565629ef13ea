/** What a style element must carry so that the page's policy lets it count. Empty where there is no policy. */
export const pageNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

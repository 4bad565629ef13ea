import type { AnchorHTMLAttributes, MouseEvent } from 'react'
import { goTo } from '../routing.js'

/** A link within the console. Opening it in a new tab or window stays the browser's business. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (click: MouseEvent<HTMLAnchorElement>) => {
    if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return
    click.preventDefault()
    goTo(href)
  }
  return <a {...rest} href={href} onClick={follow} />
}

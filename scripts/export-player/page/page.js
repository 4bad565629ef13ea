// Keeps the page's address at the moment that is looked at, as `#t=27:31`, and begins at the one it names.
const player = document.querySelector('interviewlm-session-player')

const begin = () => {
  const moment = new URLSearchParams(location.hash.slice(1)).get('t')
  if (moment !== null) player.setAttribute('at', moment)
}

const clock = (ms) => {
  const seconds = Math.floor(ms / 1000)
  const two = (n) => String(n).padStart(2, '0')
  const minutes = `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return ms % 1000 === 0 ? minutes : `${minutes}.${String(Math.round(ms) % 1000).padStart(3, '0')}`
}

let resting
let isOpened = false
player.addEventListener('moment', ({ detail: { momentMs, playing } }) => {
  clearTimeout(resting)
  if (!isOpened) {
    isOpened = true
    return
  }
  // Browsers allow a page only so many changes of its address.
  if (!playing) resting = setTimeout(() => history.replaceState(null, '', `#t=${clock(momentMs)}`), 250)
})
addEventListener('hashchange', begin)
begin()

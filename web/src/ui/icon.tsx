const PATHS = {
  back: 'M10 3 5 8l5 5',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  play: 'M5 3.2v9.6L13 8 5 3.2Z',
  pause: 'M5 3v10M11 3v10',
  previous: 'M12 3.5 6 8l6 4.5v-9ZM4 3.5v9',
  next: 'M4 3.5 10 8l-6 4.5v-9ZM12 3.5v9',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  cross: 'm4 4 8 8m0-8-8 8',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Zm6.5 2a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.5V8l2.4 1.6',
  signal: 'M8 2.2 14.5 13.5h-13L8 2.2Zm0 4.3v3.2m0 1.8v.3',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5m0 11V15M1 8h1.5m11 0H15M3 3l1.1 1.1m7.8 7.8L13 13m0-10-1.1 1.1M4.1 11.9 3 13',
  moon: 'M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2Z',
  system: 'M2 3h12v8H2V3Zm4 11h4m-2-3v3',
  leave: 'M9.5 2.5H13v11H9.5M6 5 3 8l3 3M3.2 8H10',
  follow: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-4a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  down: 'M8 3v10m-4-4 4 4 4-4',
  up: 'M8 13V3M4 7l4-4 4 4',
  link: 'M6.7 9.3a2.8 2.8 0 0 0 4 0l2.1-2.1a2.8 2.8 0 0 0-4-4L7.9 4.1m1.4 2.6a2.8 2.8 0 0 0-4 0L3.2 8.8a2.8 2.8 0 0 0 4 4l.9-.9',
  diff: 'M8 2.5v6M5 5.5h6M5 12.5h6',
  farBack: 'M8 3.5 3.5 8 8 12.5M12.5 3.5 8 8l4.5 4.5',
  farOn: 'M8 3.5 12.5 8 8 12.5M3.5 3.5 8 8l-4.5 4.5',
  nearBack: 'M9.5 5 6.5 8l3 3',
  nearOn: 'M6.5 5l3 3-3 3',
  keyboard: 'M1.5 4h13v8h-13V4ZM4 6.5h.1m2.5 0h.1m2.6 0h.1m2.5 0h.1M5 9.5h6',
  plus: 'M8 3v10M3 8h10',
  pencil: 'm3 13 .8-3 6.7-6.7 2.2 2.2L6 12.2 3 13Z',
  bin: 'M3.5 4.5h9M6.5 4.5V3h3v1.5M5 4.5l.6 8.5h4.8l.6-8.5',
  saved: 'm2 8.5 3 3 3.2-3.4M7.5 10.9l.7.6L14 5',
} as const

export type IconName = keyof typeof PATHS

/** A 16 px line icon in the colour of the text around it. Decoration: whoever uses it says the words. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} fill={name === 'play' ? 'currentColor' : 'none'} />
    </svg>
  )
}

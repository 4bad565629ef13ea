/** Makes one of something for each object, which goes when the object does: for a recorder, one for all its adapters. */
export function onePer<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, T>()
  return (key) => {
    const one = made.get(key) ?? make(key)
    made.set(key, one)
    return one
  }
}

/**
 * The same function, done once for each value: only for pure functions of values that never change. What it made is forgotten
 * together with the value.
 */
export function onceEach<T extends object, R extends object>(make: (value: T) => R): (value: T) => R {
  const made = new WeakMap<T, R>();
  return (value) => {
    const result = made.get(value) ?? make(value);
    made.set(value, result);
    return result;
  };
}

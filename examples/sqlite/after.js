/** Goes on with a value that may be there already: a driver in place answers at once, one elsewhere with a promise. */
export function after(value, next) {
  return value instanceof Promise ? value.then(next) : next(value);
}

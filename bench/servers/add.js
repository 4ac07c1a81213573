/**
 * The work of the small call, the same for every contender.
 *
 * @param {{ a: number; b: number; name: string }} request
 */
export function add({ a, b, name }) {
  return { sum: a + b, name };
}

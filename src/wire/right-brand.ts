/** A value with this property is a right: it crosses as a descriptor, never as data. Shared by all copies of this package. */
export const RIGHT_BRAND: unique symbol = Symbol.for('easync.right') as never;

export function isRight(value: object): boolean {
  return RIGHT_BRAND in value;
}

/** A handle is one right, in however many places of a body it stands. Of one whose mark is 'number' each place has its own. */
export function isHandle(value: object): boolean {
  return Reflect.get(value, RIGHT_BRAND) !== 'number';
}

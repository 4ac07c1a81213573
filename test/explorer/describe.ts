import type { Item } from './parts.ts';

/** A message of a channel in words. */
export function describe(message: Item['message'], sender: string): string {
  if (message === null) return `word that ${sender} is dead`;
  const { kind, ...fields } = message;
  const told = Object.entries(fields).map(
    ([name, value]) => `${name} ${value instanceof Uint8Array ? `[${value.join()}]` : value}`,
  );
  return `${kind} from ${sender}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
}

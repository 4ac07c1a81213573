import type { Bounds } from './bounds.ts';
import type { Item } from './parts.ts';

/** Steps that happen for sure if they stay possible: deliveries, and unlocking. */
export type Action = { broker: number; way: 'up' | 'down' } | { broker: number; lock: number; user: number };

/** Each has a number. */
export function actionOf({ brokers, users, locks }: Bounds, action: Action): number {
  if ('way' in action) return action.broker * 2 + (action.way === 'up' ? 0 : 1);
  return brokers * 2 + (action.broker * locks + action.lock) * users + action.user - 1;
}

export function actionsOf({ brokers, users, locks }: Bounds): number {
  return brokers * 2 + brokers * users * locks;
}

export function inWords({ lock, message }: Item): string {
  if (message === null) return 'word that the other side is dead';
  const { type, ...fields } = message;
  const told = Object.entries(fields);
  return `${type} of lock ${lock} (${told.map(([name, value]) => `${name} ${value}`).join(', ')})`;
}

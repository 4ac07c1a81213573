import type { StandardSchemaV1 } from '@standard-schema/spec';
import { releaseRights, rightsIn } from '../task/index.ts';
import type { Handler } from './driver-port.ts';
import { checking, conformingArgs, conformingResult, type Schemas } from './schemas.ts';
import { isThenable } from './thenable.ts';

/** The server's side: `handler` sees nothing but what conforms, and nothing else leaves it. Without schemas it is `handler`. */
export function validatedHandler(handler: Handler, schemas: Schemas | undefined, object: string): Handler {
  const args = checking(schemas?.args);
  const result = checking(schemas?.result);
  const taking: Handler = args ? (body, ctx) => handler(takeConforming(args, body, object), ctx) : handler;
  if (!result) return taking;
  return (body, ctx) => settled(taking(body, ctx), (answer) => conformingResult(result, answer, object));
}

type Caller = (args: unknown, options?: never) => unknown;

/** The client's side, where asked for: arguments are checked before they leave and results as they come, and left as they are. */
export function validatedCaller<C extends Caller>(call: C, schemas: Schemas | undefined, object: string): C {
  const args = checking(schemas?.args);
  const result = checking(schemas?.result);
  if (!args && !result) return call;
  const asItCame = (answer: unknown): unknown => {
    if (result) conformingResult(result, answer, object);
    return answer;
  };
  return ((body, options) => {
    try {
      if (args) conformingArgs(args, body, object);
      return settled(call(body, options), asItCame);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }) as C;
}

/** A right in a field that the schema takes out reaches nobody: it is given back here. */
function takeConforming(schema: StandardSchemaV1, body: unknown, object: string): unknown {
  const taken = conformingArgs(schema, body, object);
  if (taken === body) return taken;
  const kept = new Set(rightsIn(taken));
  for (const right of rightsIn(body)) if (!kept.has(right)) right.deallocate();
  return taken;
}

/** What `check` makes of an answer, now or later. Of one that it refuses the caller gets nothing, no rights either. */
function settled(answer: unknown, check: (answer: unknown) => unknown): unknown {
  if (isThenable(answer)) return Promise.resolve(answer).then((late) => settled(late, check));
  try {
    return check(answer);
  } catch (error) {
    releaseRights(answer);
    throw error;
  }
}

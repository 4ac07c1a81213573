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
  const checked = (answer: unknown): unknown => {
    try {
      return conformingResult(result, answer, object);
    } catch (error) {
      // The caller gets none of them.
      releaseRights(answer);
      throw error;
    }
  };
  return (body, ctx) => {
    const answer = taking(body, ctx);
    return isThenable(answer) ? Promise.resolve(answer).then(checked) : checked(answer);
  };
}

type Caller = (args: unknown, options?: never) => unknown;

/** The client's side, where asked for: arguments are checked before they leave and results as they come, and left as they are. */
export function validatedCaller<C extends Caller>(call: C, schemas: Schemas | undefined, object: string): C {
  const args = checking(schemas?.args);
  const result = checking(schemas?.result);
  if (!args && !result) return call;
  const checked = (answer: unknown): unknown => {
    try {
      if (result) conformingResult(result, answer, object);
      return answer;
    } catch (error) {
      releaseRights(answer);
      throw error;
    }
  };
  return ((body, options) => {
    try {
      if (args) conformingArgs(args, body, object);
      const answer = call(body, options);
      return isThenable(answer) ? Promise.resolve(answer).then(checked) : checked(answer);
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

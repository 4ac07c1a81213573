import { IpcError } from '../errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';

/** The limits of a broker: the defaults, but for those given as `NAME=NUMBER`. Throws EINVAL. */
export function limitsOf(given: readonly string[]): Limits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const text of given) {
    const [name = '', value = ''] = text.split('=');
    if (!Object.hasOwn(limits, name)) throw invalid(text, `there is no limit '${name}'; docs/limits.md lists them`);
    if (!/^[1-9]\d{0,14}$/.test(value)) throw invalid(text, 'it has to be a number above 0');
    limits[name] = Number(value);
  }
  return limits as Limits;
}

function invalid(text: string, why: string): IpcError {
  return new IpcError('EINVAL', `--limit ${text}: ${why}`, { op: 'broker', object: text });
}

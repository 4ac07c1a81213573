import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export type TourArguments = {
  /** Absolute. */
  dir: string;
  /** Names of entries to leave out, at any depth. */
  exclude: ReadonlySet<string>;
  json: boolean;
  help: boolean;
  /** The broker to attach to; absent: a private one. */
  socket?: string;
};

/** The command line cannot be meant: one line for the user, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const USAGE = `usage: easync tour [--json] [--socket PATH] [DIR]

Reads every file under DIR through the hostfs driver in each placement and compares digests and times.
DIR defaults to this package's own directory, without node_modules, .git and dist.

  --json         print one JSON object instead of the table
  --socket PATH  attach to the broker listening there instead of starting a private one
  --futex        the other tour: processes of three brokers count together; --futex --help tells more
`;

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): TourArguments {
  const { values, positionals } = parse(argv);
  const [dir, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`one DIR at a time; unexpected argument '${extra}'`);
  if (dir === '') throw new UsageError('DIR is empty');
  if (values.socket === '') throw new UsageError('--socket needs a path');
  return {
    dir: dir === undefined ? packageDirectory() : resolve(startDirectory(), dir),
    exclude: dir === undefined ? NOT_OURS : new Set(),
    json: values.json,
    help: values.help,
    ...(values.socket === undefined ? {} : { socket: values.socket }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        socket: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node adds advice in further sentences and lines; what is wrong stands in the first.
    throw new UsageError(error.message.split(/\. |\n/, 1).join(''), { cause: error });
  }
}

/** What a clone of this repository holds that is not its source. */
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist']);

/** `npm start` runs in the package's directory, but a DIR is meant from where the user stands. */
function startDirectory(): string {
  const { INIT_CWD, npm_lifecycle_event: event } = process.env;
  return event === 'start' && INIT_CWD !== undefined ? INIT_CWD : '';
}

/** The same from the sources and from `dist`. */
function packageDirectory(): string {
  return dirname(createRequire(import.meta.url).resolve('easync/package.json'));
}

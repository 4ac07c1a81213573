import { type DriverEnv, serve, type Service } from '../driver/index.ts';
import { deferred } from '../task/index.ts';
import { type PagerDriver, pagerOn, type Serving } from './define-pager.ts';
import type { Attachment } from './objects.ts';
import { Pager } from './pager-subsystem.ts';

/** A pager that runs: what answers its routines on each of its brokers, in the order in which they were given. */
export type ServedPager = {
  readonly services: readonly [Service, ...Service[]];
  /** Serves one more broker, or one that was started again. */
  attach(attachment: Attachment): Promise<Service>;
  /** Settles once it has ended. */
  readonly ended: Promise<void>;
  /** Stores what was written, gives its names back, and ends. */
  end(): Promise<void>;
};

/**
 * Runs a pager in this process for several brokers: the same objects, and one that decides who has which page of them. It goes on
 * until it is told to end, whichever of its brokers goes: others, and such as come later, are served.
 */
export async function servePager(
  pager: PagerDriver,
  [first, ...others]: readonly [Attachment, ...Attachment[]],
  { name, options }: { name: string; options?: unknown },
): Promise<ServedPager> {
  const open = new Set<ReturnType<typeof serve>>();
  const closers: (() => void | Promise<void>)[] = [];
  const started = deferred<Serving>();
  const ended = deferred();
  const env: DriverEnv = {
    options,
    name,
    task: first.task,
    names: first.names,
    serve: (subsystem, handlers, serveOptions) =>
      opened(serve(first.task, `${name}:${subsystem.name}`, subsystem, handlers, serveOptions)),
    onClose: (fn) => closers.push(fn),
  };
  const serveOn = async (to: Attachment): Promise<Service> => {
    const serving = await started.promise;
    return opened(serve(to.task, `${name}:pager`, Pager, serving.handlersFor(to)));
  };
  try {
    await pagerOn(pager, others, (serving) => started.resolve(serving)).factory(env);
  } catch (error) {
    for (const port of open) port.close();
    await finish();
    throw error;
  }
  const service = await serveOn(first);
  return {
    services: [service, ...(await Promise.all(others.map(serveOn)))],
    async attach(attachment) {
      await (await started.promise).attach(attachment);
      return serveOn(attachment);
    },
    ended: ended.promise,
    async end() {
      await Promise.all([...open].map((port) => port.end()));
      await finish();
    },
  };

  function opened<T extends ReturnType<typeof serve>>(port: T): T {
    open.add(port);
    return port;
  }

  async function finish(): Promise<void> {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        first.task.warn(`${name}: an onClose function failed: ${String(error)}`);
      }
    }
    ended.resolve();
  }
}

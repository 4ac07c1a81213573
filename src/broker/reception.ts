import { IpcError, ProtocolError } from '../errors.ts';
import type { Link } from '../link/link.ts';
import {
  decodeFields,
  decodeFrame,
  encodeFields,
  encodeHead,
  type Fields,
  MESSAGES,
  PROTOCOL,
  versionRefusal,
} from '../wire/index.ts';
import type { Broker } from './broker.ts';
import type { Who } from './dead-tasks.ts';
import { LinkRoutes } from './link-routes.ts';
import { Lobby } from './lobby.ts';
import { type Grants, type Newcomer, newTask } from './new-task.ts';
import { Session } from './session.ts';

/** What there is of a link before its peer has a task, and after: hello, routes, and how to part. */
export class Reception {
  readonly #broker: Broker;
  /** By its main route, of every link that has not closed. */
  readonly #links = new Map<Link, LinkRoutes>();
  readonly #lobby: Lobby;

  constructor(broker: Broker) {
    this.#broker = broker;
    this.#lobby = new Lobby(broker.host, broker.limits);
  }

  /** How many have not closed, with or without a task. */
  get links(): number {
    return this.#links.size;
  }

  receive(link: Link, invited: boolean, grants: () => Grants, onGone?: () => void): void {
    const { host, kernel, limits } = this.#broker;
    const routes = new LinkRoutes(link, host, limits, (why) => this.#broker.expelMain(routes.main, why));
    const { main } = routes;
    this.#links.set(main, routes);
    const ended = (): void => {
      this.#links.delete(main);
      // A peer may close its main route alone: nothing is served on this link any more.
      main.destroy();
      onGone?.();
      if (this.#broker.isEmpty) this.#broker.onEmpty();
    };
    this.#awaitHello(main, routes, invited, () => newTask(kernel, limits, grants()), ended);
  }

  /** See `Broker.adopt`. */
  adopt(parent: Session, route: number, grants: Grants): void {
    const { kernel, limits } = this.#broker;
    const routes = this.#links.get(parent.link);
    if (routes === undefined) throw new ProtocolError('only the main task of a link adopts routes');
    const link = routes.adopt(route);
    let newcomer: Newcomer;
    try {
      routes.mustHaveRoom(limits);
      // Made now, not when it says hello: the right is copied as its giver's next message finds it.
      newcomer = newTask(kernel, limits, grants);
    } catch (error) {
      return this.refuse(link, { ...stranger(link), label: grants.label ?? '' }, error);
    }
    routes.tasks += 1;
    const ended = (): void => {
      routes.tasks -= 1;
      kernel.endTask(newcomer.task);
      this.#broker.carryOut();
    };
    return this.#awaitHello(link, routes, true, () => newcomer, ended);
  }

  /** Tells the peer why, then cuts it off. Nobody else notices. */
  refuse(link: Link, who: Who, error: unknown): void {
    this.#tell(link, who, error);
    this.part(link);
  }

  /** The peer has `killGraceMs` to read what was sent before; until then the broker holds it. */
  part(link: Link): void {
    link.close();
    if (this.#links.has(link)) this.#lobby.leaves(link);
  }

  /** Strangers go at once, those with a task when they are told. */
  closes(): void {
    this.#lobby.closes();
    const busy = new Set([...this.#broker.sessions.values()].map(({ link }) => link));
    for (const link of this.#links.keys()) if (!busy.has(link)) this.part(link);
  }

  #awaitHello(link: Link, { turn }: LinkRoutes, invited: boolean, newcomer: () => Newcomer, ended: () => void): void {
    const { dead, limits } = this.#broker;
    let session: Session | undefined;
    let who = stranger(link);
    this.#lobby.arrives(link, invited, (why) => this.#turnAway(link, who, why));
    link.start({
      onFrame: (buffer, memory) => {
        turn.begin();
        try {
          const frame = decodeFrame(buffer, limits, memory);
          if (session !== undefined) return session.onFrame(frame, buffer.length);
          if (frame.header.kind !== MESSAGES.hello.id) throw new ProtocolError('the first message has to be hello');
          const hello = decodeFields('hello', frame.body);
          who = { ...who, ...hello, pid: link.peer?.pid ?? hello.pid };
          session = this.#welcome(link, who, hello, newcomer);
        } catch (error) {
          if (session === undefined) this.refuse(link, who, error);
          else this.#broker.expel(session, error);
        } finally {
          turn.end();
        }
        return undefined;
      },
      onDrain: () => session?.caughtUp(),
      onClose: (error) => {
        this.#lobby.forget(link);
        if (error !== undefined) dead.cutOff(session ?? who, error);
        if (session !== undefined && this.#broker.end(session) && error === undefined) dead.lost(session);
        ended();
      },
    });
  }

  #welcome(link: Link, who: Who, hello: Fields<'hello'>, newcomer: () => Newcomer): Session {
    const refusal = versionRefusal(hello);
    if (refusal !== undefined) throw new IpcError('EVERSION', refusal);
    const { task, taskPort, bootstrap, host, module, label = who.label } = newcomer();
    const { incarnation } = this.#broker;
    this.#lobby.forget(link);
    const session = new Session(this.#broker, link, task, { ...who, label });
    this.#broker.sessions.set(task, session);
    link.send(
      encodeHead({ kind: MESSAGES.welcome.id }),
      encodeFields('welcome', { ...PROTOCOL, task, taskPort, bootstrap, host, module, broker: incarnation }),
    );
    this.#broker.carryOut();
    return session;
  }

  /** Somebody who never was a task has had its time. */
  #turnAway(link: Link, who: Who, why: IpcError): void {
    this.#tell(link, who, why);
    link.flush();
    link.destroy();
  }

  #tell(link: Link, who: Who, error: unknown): void {
    const refusal = this.#broker.dead.cutOff(who, error);
    link.send(encodeHead({ kind: MESSAGES.refuse.id }), encodeFields('refuse', refusal));
  }
}

/** What there is to say of a peer that has not said hello. */
export function stranger(link: Link): Who {
  return { task: 0, pid: link.peer?.pid ?? 0, threadId: 0, label: '' };
}

import type { System } from 'easync';
import {
  definePager,
  type FutexPolicy,
  type ServedObject,
  type ServedPager,
  servePager,
  type Store,
} from 'easync/pager';
import { Kernel } from './second/kernel.ts';
import { lookUp } from './second/names.ts';
import { Task } from './second/task.ts';
import { PAGE } from './second/xp.ts';

let shelves = 0;

/** A store of four pages in memory, which notes what it is told to be lost. */
class Board implements Store {
  readonly size = 4 * PAGE;
  readonly bytes = Buffer.alloc(this.size);
  readonly lost: number[] = [];
  readonly futexes: FutexPolicy;

  constructor(futexes: FutexPolicy) {
    this.futexes = futexes;
  }

  read(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }

  onInvalid(offset: number): void {
    this.lost.push(offset);
  }
}

/** An object that a pager of the library serves, and kernels of ours that use it. */
export class Shelf implements AsyncDisposable {
  readonly name: string;
  readonly object: ServedObject;
  readonly board: Board;
  readonly tasks: Task[] = [];
  readonly #socket: string;
  readonly #pager: ServedPager;
  #ended: Promise<void> | undefined;

  private constructor(socket: string, name: string, board: Board, pager: ServedPager, object: ServedObject) {
    this.#socket = socket;
    this.name = name;
    this.board = board;
    this.#pager = pager;
    this.object = object;
  }

  static async serve({ task, names }: System, socket: string, futexes: FutexPolicy = {}): Promise<Shelf> {
    shelves += 1;
    const name = `shelf ${shelves}`;
    const board = new Board(futexes);
    const objects: ServedObject[] = [];
    const driver = definePager(async (env) => {
      objects.push(await env.object(name, board));
      return {};
    });
    const pager = await servePager(driver, [{ task, names }], { name });
    const [object] = objects;
    if (object === undefined) throw new TypeError('a pager that runs has made its object');
    return new Shelf(socket, name, board, pager, object);
  }

  async kernel(): Promise<Kernel> {
    const task = await Task.attach(this.#socket, 'kernel');
    this.tasks.push(task);
    return Kernel.init(task, await lookUp(task, this.name));
  }

  /** The pager ends, in good order. */
  end(): Promise<void> {
    this.#ended ??= this.#pager.end();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.tasks) await task.detach();
    await this.end();
  }
}

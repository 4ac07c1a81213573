import type { Link } from '../../src/link/link.ts';
import {
  decodeFields,
  decodeFrame,
  type Descriptor,
  encodeFields,
  encodeHead,
  type Fields,
  type Frame,
  type HeaderInit,
  MESSAGES,
  type MessageKind,
  kindNamed,
  PROTOCOL,
} from '../../src/wire/index.ts';

/** A peer that writes its frames by hand, right or wrong, and keeps what it is sent. */
export class Peer {
  readonly link: Link;
  /** Settles when the link is over, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #kept: Frame[] = [];
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(link: Link) {
    this.link = link;
    this.closed = new Promise((resolve) => {
      link.start({
        onFrame: (buffer, memory) => {
          this.#kept.push(decodeFrame(Buffer.from(buffer), { descriptorsPerMessage: 65_535 }, memory));
          this.#wake();
        },
        onClose: () => {
          this.#isClosed = true;
          this.#wake();
          resolve();
        },
      });
    });
  }

  hello(version: { major: number; minor: number } = PROTOCOL): void {
    this.send('hello', { ...version, pid: 4711, threadId: 0, label: 'peer' });
  }

  /** A frame whose body is the kind's fields. */
  send<K extends MessageKind>(
    kind: K,
    fields: Fields<K>,
    init: Partial<HeaderInit> = {},
    rights: Descriptor[] = [],
  ): void {
    this.raw(encodeHead({ ...init, kind: MESSAGES[kind].id }, rights), encodeFields(kind, fields));
  }

  /** Any bytes as one frame, at once. */
  raw(head: Uint8Array, body?: Uint8Array, memory?: readonly Uint8Array[]): void {
    this.link.send(head, body, memory);
    this.link.flush();
  }

  /** The next frame. */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#kept.shift();
      if (frame !== undefined) return frame;
      if (this.#isClosed) throw new Error('the link has ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next frame of this kind that is the one. Those before it are dropped. */
  async find(kind: MessageKind, is: (header: Frame['header']) => boolean): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (frame.header.kind === MESSAGES[kind].id && is(frame.header)) return frame;
    }
  }

  /** The next frame of this kind, and no frame of another kind before it but those in `skip`. */
  async frame(kind: MessageKind, skip: readonly MessageKind[] = []): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      const found = kindNamed(frame.header.kind);
      if (found === kind) return frame;
      if (found === undefined || !skip.includes(found)) {
        const why = found === 'refuse' ? `: ${decodeFields('refuse', frame.body).reason}` : '';
        throw new Error(`expected ${kind}, got ${found ?? frame.header.kind}${why}`);
      }
    }
  }

  /** Why the broker cuts this peer off; settles once it has. */
  async refusal(): Promise<{ code: unknown; reason: string }> {
    const { body } = await this.frame('refuse');
    await this.closed;
    return decodeFields('refuse', body);
  }
}

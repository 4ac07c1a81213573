import type { Code } from '../../errors.ts';
import { DISP, type Name, NULL_NAME, type Status } from '../../kernel/types.ts';
import type { Fields, KernelCall } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import type { TrapResult } from '../calls/kernel-calls.ts';
import { counterOf, deltaOf, dispositionOf, isU32, nameOf, numberOf, otherNameOf } from './numbers.ts';
import { VmTraps } from './vm-traps.ts';

type Answer<T = object> = Promise<{ code: Code } & T>;

/**
 * Kernel calls by name (mach.md §3): numbers in, codes out. A name is this task's number for a right; names, right numbers,
 * dispositions and variants are those of `RIGHT`, `DISP` and `NOTIFY`. A call that fails has `code` set and its other fields 0 or
 * empty; only a number that no code stands for is thrown (`EINVAL`). Codes are listed in the order they are checked. Any call answers
 * `KERN_INVALID_TASK` when this task has left its broker, and `EBROKERDIED` when the link ends before the result comes.
 */
export class PortCalls extends VmTraps {
  readonly #task: Task;
  readonly #on: Name;

  /** @internal */
  constructor(task: Task, on: Name) {
    super(task, on);
    this.#task = task;
    this.#on = on;
  }

  /**
   * A new RECEIVE, PORT_SET, or DEAD_NAME with one reference.
   *
   * KERN_INVALID_VALUE: `right` is none of these. KERN_NO_SPACE: `namesPerTask`. KERN_RESOURCE_SHORTAGE: `portsPerTask`.
   */
  async port_allocate(right: number): Answer<{ name: Name }> {
    const { code, name } = await this.#ask('port_allocate', { right: numberOf(right) });
    return { code, name };
  }

  /**
   * The same under a name of the caller's choice.
   *
   * KERN_INVALID_VALUE: NULL, DEAD, or as above. KERN_NAME_EXISTS. KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE as above.
   */
  async port_allocate_name(right: number, name: Name): Answer {
    const { code } = await this.#ask('port_allocate_name', { right: numberOf(right), name: nameOf(name) });
    return { code };
  }

  /**
   * References, requests and set membership stay; later notifications carry the new name. Not for a name that a handle stands on.
   *
   * KERN_INVALID_VALUE: `name` is NULL or DEAD. KERN_NAME_EXISTS: also if it is `old`. KERN_INVALID_NAME: no `old`.
   */
  async port_rename(old: Name, name: Name): Answer {
    const { code } = await this.#ask('port_rename', { old: nameOf(old), name: nameOf(name) });
    return { code };
  }

  /**
   * `value`: bits of `TYPE`, DNREQUEST if a dead-name request is pending.
   *
   * KERN_INVALID_NAME
   */
  async port_type(name: Name): Answer<{ value: number }> {
    const { code, value } = await this.#ask('port_type', { name: nameOf(name) });
    return { code, value };
  }

  /** All names and, in the same order, their types, sets and dead names too: one moment's state. */
  async port_names(): Answer<{ names: readonly Name[]; types: readonly number[] }> {
    const { code, names, types } = await this.#ask('port_names', {});
    return { code, names, types };
  }

  /**
   * `value`: user references that the name has of this right; 0 if it denotes something else.
   *
   * KERN_INVALID_VALUE: `right` is no right number. KERN_INVALID_NAME.
   */
  async port_get_refs(name: Name, right: number): Answer<{ value: number }> {
    const { code, value } = await this.#ask('port_get_refs', { name: nameOf(name), right: numberOf(right) });
    return { code, value };
  }

  /**
   * Adds `delta` references, or drops as many. RECEIVE, PORT_SET and SEND_ONCE have just one.
   *
   * KERN_INVALID_VALUE: `right` is no right number. KERN_INVALID_NAME. KERN_INVALID_RIGHT: the name lacks that right.
   * KERN_INVALID_VALUE: less than none would be left, or more than one of a right that has just one. KERN_UREFS_OVERFLOW: over 65534
   * send rights, or 65535 dead names.
   */
  async port_mod_refs(name: Name, right: number, delta: number): Answer {
    const { code } = await this.#ask('port_mod_refs', {
      name: nameOf(name),
      right: numberOf(right),
      delta: deltaOf(delta),
    });
    return { code };
  }

  /**
   * Drops one reference of a send right, a send-once right or a dead name.
   *
   * KERN_INVALID_NAME. KERN_INVALID_RIGHT: it is a set, or a receive right alone.
   */
  async port_deallocate(name: Name): Answer {
    const { code } = await this.#ask('port_deallocate', { name: nameOf(name) });
    return { code };
  }

  /**
   * Drops all that the name denotes; the name is free at once.
   *
   * KERN_INVALID_NAME
   */
  async port_destroy(name: Name): Answer {
    const { code } = await this.#ask('port_destroy', { name: nameOf(name) });
    return { code };
  }

  /**
   * Gives this task's `right`, by `disp`, to the task whose task port `target` is (0: this one), as `name`. After the first four
   * checks the right is destroyed if the call fails.
   *
   * MACH_SEND_INVALID_DEST: no task port. KERN_INVALID_VALUE: `disp` is no disposition. KERN_INVALID_NAME: no `right`.
   * KERN_INVALID_RIGHT: `disp` needs another. KERN_INVALID_VALUE: `name` is NULL or DEAD. KERN_INVALID_CAPABILITY: `right` is NULL or
   * DEAD, or died. KERN_RIGHT_EXISTS: the task has the port under another name. KERN_NAME_EXISTS. KERN_NO_SPACE.
   * KERN_UREFS_OVERFLOW. KERN_RESOURCE_SHORTAGE.
   */
  async port_insert_right(target: Name, name: Name, right: Name, disp: number): Answer {
    const given = { disp: dispositionOf(disp), name: this.#known(right) };
    const { code } = await this.#ask('port_insert_right', { name: nameOf(name), right: given }, this.#target(target));
    // However it went, a receive right has been taken.
    if (disp === DISP.MOVE_RECEIVE && code !== 'MACH_SEND_INVALID_DEST') this.#task.portEnds(given.name);
    return { code };
  }

  /**
   * Takes a right out of the task whose task port `target` is (0: this one). `name`, `disp`: what this task has now; DEAD (4294967295)
   * for a dead name.
   *
   * MACH_SEND_INVALID_DEST: no task port. KERN_INVALID_VALUE: `disp` is no disposition. KERN_INVALID_NAME. KERN_INVALID_RIGHT: `disp`
   * needs another right. KERN_NO_SPACE. KERN_FAILURE: a receive right that the other task serves. KERN_RESOURCE_SHORTAGE.
   */
  async port_extract_right(target: Name, name: Name, disp: number): Answer<{ name: Name; disp: number }> {
    const wanted = { name: nameOf(name), disp: dispositionOf(disp) };
    const on = this.#target(target);
    const answer = await this.#ask('port_extract_right', wanted, on);
    if (disp === DISP.MOVE_RECEIVE && on === NULL_NAME && answer.code === 0) this.#task.portEnds(name);
    return { code: answer.code, name: answer.name, disp: answer.disp };
  }

  /**
   * Puts a receive right into a set, out of the one it was in, at once; `set` 0 takes it out of any (mach.md §13). A handle that
   * received from it does so no more.
   *
   * KERN_INVALID_NAME, KERN_INVALID_RIGHT: `member` is no receive right. KERN_INVALID_NAME, KERN_INVALID_RIGHT: `set` is no set.
   * KERN_NOT_IN_SET: `set` is 0 and it is in none.
   */
  async port_move_member(member: Name, set: Name): Answer {
    const { code } = await this.#ask('port_move_member', { member: nameOf(member), set: otherNameOf(set) });
    if (code === 0 && this.#on === NULL_NAME) this.#task.portEnds(member);
    return { code };
  }

  /**
   * `names`: the set's members.
   *
   * KERN_INVALID_NAME. KERN_INVALID_RIGHT: no set.
   */
  async port_get_set_status(name: Name): Answer<{ names: readonly Name[] }> {
    const { code, names } = await this.#ask('port_get_set_status', { name: nameOf(name) });
    return { code, names };
  }

  /**
   * A port's counters (mach.md §2), and its set.
   *
   * KERN_INVALID_NAME. KERN_INVALID_RIGHT: no receive right.
   */
  async port_get_receive_status(name: Name): Answer<Status> {
    const {
      rights: _,
      memory: __,
      header: ___,
      ...answer
    } = await this.#ask('port_get_receive_status', { name: nameOf(name) });
    return answer;
  }

  /**
   * How many messages may wait. Raising lets in as many blocked sends as there are new places; lowering drops nothing.
   *
   * KERN_INVALID_VALUE: not 0…1024. KERN_INVALID_NAME. KERN_INVALID_RIGHT: no receive right.
   */
  async port_set_qlimit(name: Name, qlimit: number): Answer {
    const { code } = await this.#ask('port_set_qlimit', { name: nameOf(name), qlimit: numberOf(qlimit) });
    return { code };
  }

  /** KERN_INVALID_NAME. KERN_INVALID_RIGHT: no receive right. */
  async port_set_mscount(name: Name, mscount: number): Answer {
    const { code } = await this.#ask('port_set_mscount', {
      name: nameOf(name),
      mscount: counterOf(mscount, 'mscount'),
    });
    return { code };
  }

  /** KERN_INVALID_NAME. KERN_INVALID_RIGHT: no receive right. */
  async port_set_seqno(name: Name, seqno: number): Answer {
    const { code } = await this.#ask('port_set_seqno', { name: nameOf(name), seqno: counterOf(seqno, 'seqno') });
    return { code };
  }

  /**
   * Asks for a notification (mach.md §10) on the send-once right that `notify` gives by `disp`, MAKE_SEND_ONCE or MOVE_SEND_ONCE;
   * `notify` 0 cancels. `name`, `disp`: the right of the request that this one replaces, now this task's, or 0. Once the right has
   * been copied in, a call that fails destroys it.
   *
   * KERN_INVALID_VALUE: another `disp`. KERN_INVALID_NAME, KERN_INVALID_RIGHT: `notify` is no such right. KERN_INVALID_CAPABILITY: it
   * is dead. KERN_INVALID_VALUE: no such variant; `sync` with PORT_DESTROYED. KERN_INVALID_NAME, KERN_INVALID_RIGHT: `name` is not
   * what the variant needs. KERN_INVALID_ARGUMENT, KERN_UREFS_OVERFLOW: on a dead name without `sync`; with all its references.
   * KERN_NO_SPACE: for the previous right.
   */
  async port_request_notification(
    name: Name,
    variant: number,
    sync: number,
    notify: Name,
    disp: number,
  ): Answer<{ name: Name; disp: number }> {
    const answer = await this.#ask('port_request_notification', {
      name: nameOf(name),
      variant: numberOf(variant),
      sync: counterOf(sync, 'sync'),
      notify: { disp: dispositionOf(disp), name: this.#known(notify) },
      tag: 0,
    });
    return { code: answer.code, name: answer.name, disp: answer.disp };
  }

  #target(target: Name): Name {
    return target === NULL_NAME ? this.#on : otherNameOf(target);
  }

  #ask<K extends KernelCall>(call: K, fields: Fields<K>, on = this.#on): Promise<TrapResult<K> & { code: Code }> {
    // Should the call take the port of a handle away, what the handle has taken of it stays here.
    this.#task.taken.report();
    return this.#task.calls.ask(call, fields, on);
  }

  /** Where NULL and DEAD both mean something, a name that is none is one that nothing has ever had. */
  #known(name: Name): Name {
    return isU32(name) ? name : this.#task.newName();
  }
}

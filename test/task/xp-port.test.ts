import { describe, expect, onTestFinished, test } from 'vitest';
import { DISP } from '../../src/kernel/index.ts';
import { make, move, ReceiveRight, SendRight, type Task } from '../../src/task/index.ts';
import { askXp, sendXp, serveXp, type XpArrival } from '../../src/task/xp-port.ts';
import { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

// Kernels and pagers talk through these; both may be in one task (a pager placed in the broker), or in two.

type Ends = { rig: Rig; pager: Task; kernel: Task; toObject: SendRight; got: XpArrival[] };

async function ends(where: 'one task' | 'two tasks'): Promise<Ends> {
  const rig = await Rig.start();
  const pager = await rig.task('pager');
  const kernel = where === 'one task' ? pager : await rig.task('kernel');
  onTestFinished(async () => {
    await kernel.dispose();
    await pager.dispose();
    await rig[Symbol.asyncDispose]();
  });
  const object = pager.allocate({ label: 'object', qlimit: 1024 });
  const got: XpArrival[] = [];
  serveXp(object, (arrival) => got.push(arrival));
  const toObject = await passed(rig, pager, kernel, make.send(object));
  return { rig, pager, kernel, toObject, got };
}

describe.each(['one task', 'two tasks'] as const)('XP messages within %s', (where) => {
  test('arrive in order with their rights, and a control port is known again', async () => {
    const { kernel, toObject, got } = await ends(where);
    const control = kernel.allocate({ label: 'control' });
    const name = kernel.allocate({ label: 'name' });
    sendXp(toObject, { kind: 'memory_object_init', pageSize: 4096 }, [make.send(control), make.send(name)]);
    for (let reqId = 1; reqId <= 100; reqId++) {
      const request = { kind: 'memory_object_data_request', reqId, offset: 4096, length: 4096, access: 1 } as const;
      sendXp(toObject, request, [make.send(control)]);
    }
    sendXp(toObject, { kind: 'memory_object_terminate' }, [move(control), move(name)]);
    await until(() => got.length === 102);
    expect(got.slice(1, -1).map(({ message }) => message)).toEqual(
      Array.from({ length: 100 }, (_, i) => ({
        kind: 'memory_object_data_request',
        reqId: i + 1,
        offset: 4096,
        length: 4096,
        access: 1,
      })),
    );
    expect(new Set(got.slice(0, -1).map(({ rights }) => (rights[0] as SendRight).name)).size).toBe(1);
    expect(got[101]?.rights.map((right) => right instanceof ReceiveRight)).toEqual([true, true]);
    expect(control.isDestroyed).toBe(true);
    for (const { rights } of got) for (const right of rights) right.deallocate();
    toObject.deallocate();
  });

  test('bytes are the receiver’s own', async () => {
    const { kernel, toObject, got } = await ends(where);
    const control = kernel.allocate({ label: 'control' });
    const data = Buffer.alloc(4096, 7);
    const returned = {
      kind: 'memory_object_data_return',
      reqId: 0,
      offset: 0,
      dirty: true,
      kernelCopy: false,
    } as const;
    sendXp(toObject, { ...returned, gen: 3, data }, [make.send(control)]);
    data.fill(8);
    await until(() => got.length === 1);
    const message = got[0]?.message;
    expect(message?.kind === 'memory_object_data_return' && Buffer.from(message.data)).toEqual(Buffer.alloc(4096, 7));
    got[0]?.rights[0]?.deallocate();
    control.destroy();
    toObject.deallocate();
  });

  test('get_attributes is answered', async () => {
    const { rig, pager, kernel, toObject } = await ends(where);
    const control = pager.allocate({ label: 'control' });
    serveXp(control, ({ reply }) =>
      reply?.({ kind: 'memory_object_attributes', ready: true, mayCache: false, copyStrategy: 2 }),
    );
    using toControl = await passed(rig, pager, kernel, make.send(control));
    const answer = await askXp(toControl, { kind: 'memory_object_get_attributes' });
    expect(answer).toEqual({ kind: 'memory_object_attributes', ready: true, mayCache: false, copyStrategy: 2 });
    control.destroy();
    toObject.deallocate();
  });

  test('what does not have its rights, or is none of the table, does not arrive, and its rights are given back', async () => {
    const { kernel, toObject, got } = await ends(where);
    const control = kernel.allocate({ label: 'control' });
    let noSenders = false;
    control.onNoSenders(() => (noSenders = true));
    sendXp(toObject, { kind: 'memory_object_init', pageSize: 4096 }, [make.send(control)]);
    sendXp(toObject, { kind: 'memory_object_data_request', reqId: 1, offset: 0, length: 1, access: 1 }, []);
    await until(() => noSenders);
    expect(got).toEqual([]);
    control.destroy();
    toObject.deallocate();
  });

  test('to a dead port: refused, and what was moved is its handle’s again', async () => {
    const { rig, pager, kernel, toObject } = await ends(where);
    const dead = pager.allocate({ label: 'dead' });
    using toDead = await passed(rig, pager, kernel, make.send(dead));
    dead.destroy();
    // The broker has heard of that by then: the two have links of their own.
    await pager.calls.call('port_names', {});
    const control = kernel.allocate({ label: 'control' });
    const name = kernel.allocate({ label: 'name' });
    const codes: unknown[] = [];
    sendXp(toDead, { kind: 'memory_object_terminate' }, [move(control), move(name)], (code) => codes.push(code));
    await until(() => codes.length === 1);
    expect(codes).toEqual(['MACH_SEND_INVALID_DEST']);
    expect([control.isDestroyed, name.isDestroyed]).toEqual([false, false]);
    control.destroy();
    name.destroy();
    toObject.deallocate();
  });
});

/** A right of one task, as the other gets it: `right` is spent. */
async function passed(rig: Rig, from: Task, to: Task, right: SendRight): Promise<SendRight> {
  const spec = right.departSpec();
  // The broker knows of the port then.
  await from.calls.call('port_names', {});
  const { code, name } = rig.broker.kernel.grant(from.welcome.task, spec, to.welcome.task);
  if (code !== 0 || name === undefined) throw new Error(`not passed on: ${code}`);
  right.consume();
  const arrived = to.arrive({ disp: DISP.MOVE_SEND, name });
  if (!(arrived instanceof SendRight)) throw new TypeError('a send right was granted');
  arrived.arrive();
  return arrived;
}

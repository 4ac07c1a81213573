import { expect, test } from 'vitest';
import { DISP } from '../../src/kernel/index.ts';
import { type KernelListener, Kernels } from '../../src/pager/kernels.ts';
import { make, SendRight, sendXp, type Task } from '../../src/task/index.ts';
import { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

const RETURNS = 900;

test('what a kernel sent before it died is heard first, however much waits (R0.6)', async () => {
  await using rig = await Rig.start();
  const pager = await rig.task('pager');
  const heard: string[] = [];
  const listener: KernelListener = {
    message: (_kernel, message) => void heard.push(message.kind),
    died: () => void heard.push('died'),
  };
  using kernels = new Kernels(listener);
  const port = pager.allocate({ label: 'object', qlimit: 1024 });
  kernels.listen(port);
  const kernel = await another(rig, pager, port.name);
  const control = kernel.task.allocate({ label: 'control' });
  const name = kernel.task.allocate({ label: 'name' });
  sendXp(kernel.object, { kind: 'memory_object_init', pageSize: 4096 }, [make.send(control), make.send(name)]);
  await until(() => heard.length === 1);
  for (let i = 0; i < RETURNS; i += 1) {
    const about = { reqId: 0, offset: 4096 * i, dirty: true, kernelCopy: false, gen: 1 };
    const data = new Uint8Array(4096);
    sendXp(kernel.object, { kind: 'memory_object_data_return', ...about, data }, [make.send(control)]);
  }
  await kernel.task.dispose();
  await until(() => heard.includes('died'));
  expect(heard.filter((kind) => kind === 'memory_object_data_return')).toHaveLength(RETURNS);
  expect(heard.at(-1)).toBe('died');
  kernels[Symbol.dispose]();
  await pager.dispose();
});

async function another(rig: Rig, pager: Task, name: number): Promise<{ task: Task; object: SendRight }> {
  await pager.calls.call('port_type', { name });
  rig.grants = { bootstrap: { from: pager.welcome.task, right: { disp: DISP.MAKE_SEND, name } } };
  const task = await rig.task('kernel');
  const object = task.arrive({ disp: DISP.MOVE_SEND, name: task.welcome.bootstrap });
  if (object instanceof SendRight) return { task, object };
  throw new TypeError('a send right was granted');
}

import { expect, test } from 'vitest';
import { type MemoryManager, serveObject } from '../../src/pager/memory-manager.ts';
import { make, sendXp } from '../../src/task/index.ts';
import { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

const PAGE = 4096;

test.each([PAGE, 0])(
  'a pager by hand is not told what is no whole pages, of a kernel whose pages are of %d bytes',
  async (pageSize) => {
    await using rig = await Rig.start();
    const task = await rig.task('pager and kernel');
    const heard: string[] = [];
    const manager: MemoryManager = {
      init: () => void heard.push('init'),
      dataRequest: (control, offset, length) => {
        heard.push(`request ${offset}`);
        control.dataSupply(offset, new Uint8Array(length));
      },
      dataUnlock: (_control, offset) => void heard.push(`unlock ${offset}`),
      dataReturn: (_control, offset) => void heard.push(`return ${offset}`),
      terminate: () => void heard.push('terminate'),
    };
    const port = task.allocate({ label: 'object', qlimit: 1024 });
    using _object = serveObject(port, manager);
    using object = make.send(port);
    const control = task.allocate({ label: 'control' });
    const name = task.allocate({ label: 'name' });
    const send = (message: Parameters<typeof sendXp>[1]): void => sendXp(object, message, [make.send(control)]);
    sendXp(object, { kind: 'memory_object_init', pageSize }, [make.send(control), make.send(name)]);
    const back = { reqId: 0, dirty: true, kernelCopy: false, gen: 0 };
    for (const offset of [1, PAGE]) {
      send({ kind: 'memory_object_data_request', reqId: 1, offset, length: PAGE, access: 1 });
      send({ kind: 'memory_object_data_unlock', reqId: 2, offset, length: PAGE, access: 2, gen: 0 });
      send({ kind: 'memory_object_data_return', offset, ...back, data: new Uint8Array(PAGE) });
    }
    control.destroy();
    await until(() => heard.includes('terminate'));
    const whole = ['init', `request ${PAGE}`, `unlock ${PAGE}`, `return ${PAGE}`];
    expect(heard).toEqual([...(pageSize === 0 ? [] : whole), 'terminate']);
    name.destroy();
    await task.dispose();
  },
);

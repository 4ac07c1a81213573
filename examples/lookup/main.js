// Some calls are answered in place and others later: `await` takes either, and who wants to know looks what came back.
import { beginMsg, boot, Call, EASYNC, portOf, waitMsg } from 'easync';
import { Directory } from './subsystems.js';

const sys = await boot();
try {
  for (const place of ['inline', 'process']) {
    const directory = await sys.open(Directory, new URL('./directory.js', import.meta.url), { place });
    for (const name of ['printer', 'printer', 'scanner']) {
      const answer = directory.look({ name });
      const when = answer instanceof Promise ? 'later' : 'in place';
      console.log(`${place}: ${name} is ${String(await answer)}, ${when}`);
    }
    // The same by hand, as the message layer has it: put answers a code, or EASYNC.
    const msg = new Call(Directory.ids.get('look'), { name: 'scanner' });
    let code = beginMsg(portOf(directory), msg);
    const isLater = code === EASYNC;
    if (isLater) code = await waitMsg(msg);
    console.log(`${place}: by hand, code ${code}, ${isLater ? 'EASYNC' : 'at once'}: ${String(msg.result)}`);
    directory[Symbol.dispose]();
  }
} finally {
  await sys.dispose();
}

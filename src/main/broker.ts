import { fileURLToPath } from 'node:url';
import { Broker } from '../broker/broker.ts';
import { startServices } from '../broker/services.ts';
import { endWithParent, inheritedLink } from '../host/inherited.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { endOnUncaught, leaveEndToParent, warnOnStderr } from './endings.ts';

// A private broker: it serves the process that started it, and those that process has it start. Its only way in is the
// descriptor it inherited, and when that ends, so does everything here.
endOnUncaught();
leaveEndToParent();
const host = realHost();
const broker = new Broker(host, DEFAULT_LIMITS, warnOnStderr);
const link = inheritedLink();
const grants = await startServices(broker, {
  driverEntry: fileURLToPath(new URL('./driver.js', import.meta.url)),
  bootstrapModule: new URL('../../servers/bootstrap/index.js', import.meta.url).href,
  socket: null,
  peerCredentials: false,
  warn: warnOnStderr,
  // The end of the link ends a broker that gets to see it. A hosted driver may keep it from that.
  onHosting: endWithParent,
});
// Not before there is something to grant; frames that came early wait in the link. When it ends, drivers lose their opener
// and have their time to end in good order.
broker.attach(link, grants, () => void broker.children.gone().then(() => process.exit(0)));

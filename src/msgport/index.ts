export { DirectPort, ForwardPort, ReplyPort } from './agent-ports.ts';
export { Message, MSGF } from './message.ts';
export {
  abortMsg,
  beginMsg,
  checkMsg,
  doMsg,
  dropMsg,
  forwardMsg,
  initMsg,
  replyMsg,
  sendMsg,
  waitMsg,
  type WaitOptions,
} from './operations.ts';
export { MessageQueue } from './message-queue.ts';
export { onAbort } from './on-abort.ts';
export { EASYNC, type Easync, MsgPort } from './port.ts';
export { getMsg, QueuePort, type QueuePortOptions, waitPort } from './queue-port.ts';

import { carryOut, tell, wakeHere } from './broker.ts';
import { type Broker, brokerAt, GONE, seenBroker, type Step, type System, type Whole } from './whole.ts';

type Take = (whole: Whole, own: Broker) => void;

/** What a broker and its tasks can do. */
export function stepsOfBroker(system: System, seen: Whole, number: number): Step[] {
  const broker = seenBroker(seen, number);
  if (!broker.isAlive) return [];
  const steps: Step[] = [];
  const add = (name: string, isProgress: boolean, take: Take): void => {
    const taken = (whole: Whole): void => take(whole, brokerAt(whole, number));
    steps.push({ name: `kernel ${number}: ${name}`, isProgress, take: taken });
  };
  const { bounds, machines } = system;
  const isReady = broker.isMapped && machines.isReady(broker.vm);
  addTasks(
    system,
    seen,
    broker,
    { isReady, sleeps: number >= bounds.kernels - bounds.sleeping, wakes: number < bounds.waking },
    add,
  );
  const [effect] = broker.todo;
  if (effect !== undefined) {
    add(`carries out ${effect.type}`, true, (whole, own) => {
      own.todo.shift();
      carryOut(system, whole, own, effect);
    });
    return steps;
  }
  const [message] = broker.down;
  if (message !== undefined) {
    add(`gets ${JSON.stringify(message)}`, true, (whole, own) => {
      own.down.shift();
      tell(system, whole, own, { do: 'receive', message });
    });
  } else if (seen.pager === GONE && broker.isMapped && isReady) {
    add('hears that the pager died', true, (whole, own) => void tell(system, whole, own, { do: 'pagerDied' }));
  }
  if (!broker.isMapped && seen.pager !== GONE) {
    add('maps the object', false, (whole, own) => {
      own.isMapped = true;
      tell(system, whole, own, { do: 'map' });
    });
  }
  if (isReady && seen.left.detaches > 0 && broker.waker === null) {
    add('unmaps the object', false, (whole, own) => {
      whole.left.detaches -= 1;
      own.isMapped = false;
      tell(system, whole, own, { do: 'unmap' });
    });
  }
  if (broker.isCongested) {
    add('can tell the pager more', true, (whole, own) => {
      own.isCongested = false;
      tell(system, whole, own, { do: 'congested', is: false });
    });
  } else if (isReady && seen.left.congestions > 0) {
    add('cannot tell the pager more', false, (whole, own) => {
      whole.left.congestions -= 1;
      own.isCongested = true;
      tell(system, whole, own, { do: 'congested', is: true });
    });
  }
  if (seen.left.deaths > 0) add('dies', false, die);
  return steps;
}

function addTasks(
  system: System,
  seen: Whole,
  broker: Broker,
  { isReady, sleeps, wakes }: { isReady: boolean; sleeps: boolean; wakes: boolean },
  add: (name: string, isProgress: boolean, take: Take) => void,
): void {
  const { bounds } = system;
  const { queue, preparing, waker, todo } = broker;
  // The broker does one thing at a time; its tasks do not wait for that.
  const isIdle = todo.length === 0;
  if (sleeps && isReady && isIdle && broker.begun < bounds.waits && queue.length + preparing < bounds.sleepers) {
    add('a task prepares', false, (whole, own) => {
      own.begun += 1;
      const answer = tell(system, whole, own, { do: 'listen' });
      if (answer === 'asked') own.preparing += 1;
      else if (answer === 0) own.queue.push({ since: whole.value, asleep: null });
    });
  }
  for (const [index, { asleep }] of queue.entries()) {
    if (asleep === null && isIdle) {
      add('a task goes to sleep', true, (whole, own) => {
        const sleeper = own.queue[index];
        if (sleeper !== undefined) sleeper.asleep = whole.value;
      });
    }
    if (seen.left.giveUps > 0 && isIdle) {
      add('a sleeper gives up', false, (whole, own) => {
        whole.left.giveUps -= 1;
        own.queue.splice(index, 1);
      });
    }
  }
  if (waker === null && wakes && isReady) {
    if (seen.left.all > 0) add('a task stores, to wake all', false, (whole, own) => store(whole, own, false));
    if (seen.left.one > 0) add('a task stores, to wake one', false, (whole, own) => store(whole, own, true));
  }
  if (waker?.is === 'stored') add('a task looks whether anybody sleeps', true, look);
  if (waker?.is === 'seen' && isIdle) add('wakes', true, (whole, own) => wake(system, whole, own));
}

function store(whole: Whole, own: Broker, one: boolean): void {
  whole.left[one ? 'one' : 'all'] -= 1;
  whole.value += 1;
  own.waker = { is: 'stored', one, value: whole.value };
}

/** A load of the word that the broker has in memory for its tasks. */
function look(whole: Whole, own: Broker): void {
  const isOn = own.flag || own.queue.length > 0 || own.preparing > 0;
  if (own.waker !== null && isOn) own.waker.is = 'seen';
  else over(whole, own);
}

/** The broker has got the call. */
function wake(system: System, whole: Whole, own: Broker): void {
  const { waker } = own;
  if (waker === null) return;
  const woke = wakeHere(whole, own, waker.one);
  const isTold = (waker.one && woke) || tell(system, whole, own, { do: 'wakeup', one: waker.one }) === true;
  if (isTold) over(whole, own);
  else waker.is = 'room';
}

function over(whole: Whole, own: Broker): void {
  if (own.waker?.one === true) whole.told += 1;
  else whole.toldAll = Math.max(whole.toldAll, own.waker?.value ?? 0);
  own.waker = null;
}

function die(whole: Whole, own: Broker): void {
  whole.left.deaths -= 1;
  whole.hasDied = true;
  const up = own.hasPort ? [...own.up, { kind: 'dead' as const }] : own.up;
  const gone = { isAlive: false, hasPort: false, vm: 0, isMapped: false, flag: false, isCongested: false };
  Object.assign(own, { ...gone, queue: [], preparing: 0, begun: 0, waker: null, down: [], todo: [], up });
}

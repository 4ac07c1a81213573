import { startLockRequest } from '../lock-request.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject } from '../state.ts';
import type { FromPager } from '../types.ts';
import { dataError, dataUnavailable } from './absent.ts';
import { changeAttributes, ready } from './attributes.ts';
import { destroy } from './destroy.ts';
import { futexFailed, futexFenced, futexGranted, futexWaiting, futexWoken, relinquishFutex } from './futex.ts';
import { interestCompleted, interestIsElsewhere, woken } from './sleep.ts';
import { dataSupply } from './supply.ts';

type Kind = FromPager['kind'];
type MessageOf = { [K in Kind]: Extract<FromPager, { kind: K }> };

/** One row per message of a pager. */
export type Handlers = {
  readonly [K in Kind]: (m: Machine, object: MemoryObject, message: MessageOf[K]) => void;
};

export const HANDLERS: Handlers = {
  memory_object_ready: ready,
  memory_object_change_attributes: changeAttributes,
  memory_object_data_supply: dataSupply,
  memory_object_data_unavailable: dataUnavailable,
  memory_object_data_error: dataError,
  memory_object_lock_request: startLockRequest,
  memory_object_destroy: destroy,
  memory_object_futex_granted: futexGranted,
  memory_object_futex_failed: futexFailed,
  memory_object_relinquish_futex: relinquishFutex,
  memory_object_futex_fenced: futexFenced,
  memory_object_futex_waiting: futexWaiting,
  memory_object_futex_woken: futexWoken,
  memory_object_interest_completed: interestCompleted,
  memory_object_interest_elsewhere: interestIsElsewhere,
  memory_object_woken: woken,
};

export function dispatch<K extends Kind>(m: Machine, object: MemoryObject, kind: K, message: MessageOf[K]): void {
  m.handlers[kind](m, object, message);
}

/** The frames that a task sends and gets, and the kernel calls it makes, by number. */
export const KIND = {
  ...{ hello: 1, welcome: 2, refuse: 3, detach: 4, send: 10, deliver: 11, sent: 12, taken: 15 },
  ...{ drain: 16, drained: 17, notify: 18, woken: 20, result: 60 },
};
export const CALL = {
  ...{
    port_allocate: 64,
    port_get_refs: 69,
    port_deallocate: 71,
    port_destroy: 72,
    port_set_qlimit: 76,
    port_request_notification: 79,
    serve: 83,
  },
  ...{ vm_map: 97, vm_deallocate: 98, vm_region: 102, vm_cancel: 103 },
  ...{ vm_futex_lock: 104, vm_futex_unlock: 105, vm_futex_consistent: 106, vm_futex_fenced: 107 },
  ...{ vm_futex_wait: 108, vm_futex_wake: 109, vm_futex_requeue: 110 },
  ...{
    sleep_ident: 112,
    sleep_prepare: 113,
    sleep_asleep: 114,
    sleep_remove: 115,
    sleep_wakeup: 116,
    sleep_forget: 117,
  },
};
export const NOTIFICATION = { send_once: 71, dead_name: 72 };

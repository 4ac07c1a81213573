/**
 * Every failure easync reports is an `IpcError` with one of these codes. Codes are the field's own names where the field
 * has one; match on `code`, never on the text.
 */
export const CODES = [
  // Kernel calls (mach.md §3, §17)
  'KERN_NO_SPACE',
  'KERN_INVALID_ARGUMENT',
  'KERN_FAILURE',
  'KERN_NOT_IN_SET',
  'KERN_NAME_EXISTS',
  'KERN_INVALID_NAME',
  'KERN_INVALID_TASK',
  'KERN_INVALID_RIGHT',
  'KERN_INVALID_VALUE',
  'KERN_UREFS_OVERFLOW',
  'KERN_INVALID_CAPABILITY',
  'KERN_RIGHT_EXISTS',
  'KERN_RESOURCE_SHORTAGE',
  // Memory (pager.md §1, §2.1)
  'KERN_INVALID_ADDRESS',
  'KERN_PROTECTION_FAILURE',
  'KERN_MEMORY_ERROR',
  'KERN_MEMORY_PRESENT',
  'KERN_ABORTED',
  // Futexes (pager.md §2)
  'KERN_TIMEDOUT',
  'KERN_INTERRUPTED',
  'EAGAIN',
  'EDEADLK',
  'EOWNERDEAD',
  'ENOTRECOVERABLE',
  'EFENCED',
  // Send (mach.md §7)
  'MACH_SEND_INVALID_DATA',
  'MACH_SEND_INVALID_DEST',
  'MACH_SEND_TIMED_OUT',
  'MACH_SEND_INTERRUPTED',
  'MACH_SEND_MSG_TOO_SMALL',
  'MACH_SEND_INVALID_REPLY',
  'MACH_SEND_INVALID_RIGHT',
  'MACH_SEND_INVALID_NOTIFY',
  'MACH_SEND_INVALID_MEMORY',
  'MACH_SEND_NO_BUFFER',
  'MACH_SEND_INVALID_TYPE',
  'MACH_SEND_INVALID_HEADER',
  // Receive (mach.md §8)
  'MACH_RCV_INVALID_NAME',
  'MACH_RCV_TIMED_OUT',
  'MACH_RCV_TOO_LARGE',
  'MACH_RCV_INTERRUPTED',
  'MACH_RCV_HEADER_ERROR',
  'MACH_RCV_BODY_ERROR',
  'MACH_RCV_PORT_CHANGED',
  'MACH_RCV_INVALID_NOTIFY',
  'MACH_RCV_INVALID_DATA',
  'MACH_RCV_PORT_DIED',
  'MACH_RCV_IN_SET',
  // Message ports (lwkt.md §1)
  'EINTR',
  'EINVAL',
  'ENOENT',
  'EMSGSTATE',
  // Sleeping and lock manager (lwkt.md §2.3, §3.3)
  'ERESTART',
  'EWOULDBLOCK',
  'EBUSY',
  'ENOLCK',
  // Validation (MIG's words)
  'MIG_BAD_ARGUMENTS',
  'MIG_TYPE_ERROR',
  // Calls and drivers
  'ETIMEDOUT',
  'ESERVERDIED',
  'EBROKERDIED',
  'ENOROUTINE',
  'EDRIVER',
  'EMODULE',
  'ESPAWN',
  'EBADBODY',
  'ERELEASED',
  // Servers
  'ENAMEINUSE',
  'ENONAME',
  'EPERM',
  // Links, brokers, limits
  'ENOBROKER',
  'EBROKERRUNS',
  'EVERSION',
  'EPROTOCOL',
  'ESOCKETPATH',
  'ERUNTIMEDIR',
  'ELIMIT',
] as const;

export type ErrorCode = (typeof CODES)[number];

/** What an operation returns: `0`, or the name of what went wrong. Never a bare number: two number spaces collide. */
export type Code = 0 | ErrorCode;

/**
 * For a call that failed: whether the other side certainly never saw the request (`'no'`), or may have acted on it
 * (`'maybe'`). Only a `'no'` may be repeated blindly.
 */
export type Handled = 'no' | 'maybe';

/** One thing that a schema refused, and where. */
export type Issue = { readonly path: readonly (string | number)[]; readonly message: string };

export type IpcErrorOptions = {
  op?: string;
  object?: string;
  handled?: Handled;
  issues?: readonly Issue[];
  cause?: unknown;
};

/** Recognises errors made by another copy of this package in the same process. */
const BRAND = Symbol.for('easync.IpcError');

/** The text says what happened, on which object, and what to do about it; `code` is for programs. */
export class IpcError extends Error {
  readonly code: ErrorCode;
  /** The operation that failed, as the caller spelled it. */
  readonly op: string | undefined;
  /** The object it failed on: a port name, a path, a driver. */
  readonly object: string | undefined;
  readonly handled: Handled | undefined;
  /** All that a schema refused. The text names the first. */
  readonly issues: readonly Issue[] | undefined;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options: IpcErrorOptions = {}) {
    super(`${code}: ${message}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'IpcError';
    this.code = code;
    this.op = options.op;
    this.object = options.object;
    this.handled = options.handled;
    this.issues = options.issues;
  }

  static is(value: unknown): value is IpcError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** The peer broke the protocol: its connection is dropped and it is told why. Never a refused operation. */
export class ProtocolError extends IpcError {
  constructor(message: string) {
    super('EPROTOCOL', message);
    this.name = 'ProtocolError';
  }
}

/** A caller broke a contract (lwkt.md calls it a panic): always a bug in the calling code. */
export class InvariantError extends IpcError {
  constructor(message: string, options: IpcErrorOptions = {}) {
    super('EMSGSTATE', message, options);
    this.name = 'InvariantError';
  }
}

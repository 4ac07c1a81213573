/** How long each measurement runs before its clock starts, and with it. */
export const WARM_MS = 400;
export const MEASURE_MS = 600;

/**
 * The first measurement of a process warms it up by number instead: a contender with much code of its own is optimised only
 * after thousands of calls, however long they take. At most that long, though.
 */
export const WARM_CALLS = 20_000;
export const WARM_LIMIT_MS = 5_000;

/** Bytes that are told apart: the smallest page of any kernel in a world. */
export const CELL = 4;

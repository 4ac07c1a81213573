/** First byte of a frame between `bare` and its server. */
export const OP = { call: 1, post: 2, posted: 3, echo: 4, pids: 5 };

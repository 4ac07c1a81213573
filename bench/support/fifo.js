/** Replies that are due, in the order of their requests: all the transports below keep order. */
export class Fifo {
  /** @type {((reply: never) => void)[]} */
  #waiting = [];

  /** @returns {Promise<any>} The next reply that nobody else waits for. */
  next() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** @param {unknown} reply */
  arrived(reply) {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) throw new Error('a reply that nobody asked for');
    resolve(/** @type {never} */ (reply));
  }
}

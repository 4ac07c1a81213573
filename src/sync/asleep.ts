/** Around what a flow waits for while it really sleeps: its critical section is open meanwhile (lwkt.md §2.7). */
export const whileAsleep = <T>(promise: Promise<T>): Promise<T> => promise;

import { defineDriver, defineSubsystem, routine } from 'easync';

/** Parcels wait here for whoever takes them, and who takes waits for parcels. */
export const Shelf = defineSubsystem('shelf', {
  put: routine(), // { label, data } → how many lie there
  take: routine(), // → { label, data }, as soon as there is one
});

export default defineDriver(Shelf, (env) => {
  const parcels = [];
  const waiting = [];
  return {
    put({ label, data }) {
      if (parcels.length === env.options.room) throw new RangeError(`no room for ${label}`);
      // The bytes are the caller's again when this returns: without `slice` the suite fails, unchecked.
      const parcel = { label, data: data.slice() };
      const taker = waiting.shift();
      if (taker === undefined) parcels.push(parcel);
      else taker(parcel);
      return parcels.length;
    },
    take: () => parcels.shift() ?? new Promise((resolve) => waiting.push(resolve)),
  };
});

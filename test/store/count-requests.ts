import type { Blobs } from '../../src/store/store.ts';

export interface Requests {
  gets: number;
  puts: number;
  mostGetsAtOnce: number;
}

/** Blobs that tell how often they were asked for something: each is a request where they lie in a bucket. */
export function countRequests(inner: Blobs): { readonly blobs: Blobs; readonly requests: Requests } {
  const requests: Requests = { gets: 0, puts: 0, mostGetsAtOnce: 0 };
  let atOnce = 0;
  const blobs: Blobs = {
    put: (content) => {
      requests.puts++;
      return inner.put(content);
    },
    get: async (ref) => {
      requests.gets++;
      requests.mostGetsAtOnce = Math.max(requests.mostGetsAtOnce, ++atOnce);
      // As a server far away: nobody has an answer before all have asked.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await inner.get(ref);
      } finally {
        atOnce--;
      }
    },
    remove: (ref) => inner.remove(ref),
  };
  return { blobs, requests };
}

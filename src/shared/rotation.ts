/** Some of many at a time, in turn: what it costs to look after them all does not grow with how many they are. */
export interface Rotation<Item> {
  /** The next ones; all of them where they are no more than a turn takes. */
  next(): readonly Item[];
}

/**
 * @param all asked at each turn: it may change
 * @param random in [0, 1): where to begin, so that several processes do not all look at the same ones
 */
export function createRotation<Item>(
  all: () => readonly Item[],
  count: number,
  random: () => number,
): Rotation<Item> {
  let place: number | undefined;
  return {
    next() {
      const items = all();
      const { length } = items;
      if (length <= count) return items;
      const from = (place ?? Math.floor(random() * length)) % length;
      place = from + count;
      return [...items.slice(from, from + count), ...items.slice(0, Math.max(0, from + count - length))];
    },
  };
}

const NUMBER = new Intl.NumberFormat("en-GB");

/** `1 source`, `3,980 sources`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : many}`;
}

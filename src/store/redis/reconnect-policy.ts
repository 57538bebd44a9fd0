/**
 * What a server says that is not (any more, or not yet) the one to write to, while another connection may lead to one that
 * is: a demoted primary, one that reads its data in, one that has lost its primary, one that became a replica while we
 * waited at it. A script's words stand inside of those of Redis 6.
 */
const ANOTHER_MAY_HELP = /(?:^|[\s-])(?:READONLY|LOADING|MASTERDOWN|UNBLOCKED)\b/;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * When a connection is made anew, shared by a connection and all its duplicates. Commands that such a server refused wait
 * for the next one, so that a failover pauses us instead of failing our work.
 */
export interface ReconnectPolicy {
  readonly retryStrategy: (attempt: number) => number;
  /** 2: connect anew (the name is looked up again) and send the command once more. */
  readonly reconnectOnError: (error: Error) => false | 2;
  /** From now on: before, an error is an error, so that nobody waits for a server that never was right. */
  enable(onRefused: (detail: string) => void): void;
  /** A write succeeded: the next pause is short again. */
  succeeded(): void;
}

export function createReconnectPolicy(): ReconnectPolicy {
  let tell: ((detail: string) => void) | undefined;
  let refusals = 0;
  return {
    retryStrategy: (attempt) => Math.min(FIRST_PAUSE_MS * Math.max(attempt, refusals), LONGEST_PAUSE_MS),
    reconnectOnError({ message }) {
      if (!tell || !ANOTHER_MAY_HELP.test(message)) return false;
      refusals += 1;
      tell(message);
      return 2;
    },
    enable(onRefused) {
      tell = onRefused;
    },
    succeeded() {
      refusals = 0;
    },
  };
}

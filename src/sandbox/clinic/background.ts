/** What the clinic does a while after it was asked to. */
export interface Background {
  readonly later: (ms: number, job: () => void) => void;
  /** Does what is due: whoever asks for anything finds it done. */
  readonly catchUp: () => void;
}

export function createBackground(now: () => number): Background {
  let jobs: readonly { readonly at: number; readonly run: () => void }[] = [];
  return {
    later: (ms, run) => {
      jobs = [...jobs, { at: now() + ms, run }];
    },
    catchUp: () => {
      const due = jobs.filter(({ at }) => at <= now());
      if (due.length === 0) return;
      jobs = jobs.filter(({ at }) => at > now());
      for (const { run } of due.toSorted((left, right) => left.at - right.at)) run();
    },
  };
}

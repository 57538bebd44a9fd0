import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A process of the bench's own that answers each request with one message. */
export interface Child<Request, Answer> extends AsyncDisposable {
  readonly pid: number;
  ask(request: Request): Promise<Answer>;
  /** SIGKILL: it is not asked for anything any more. */
  kill(): Promise<void>;
}

/** No bench waits so long for anything: something is stuck. */
const PATIENCE_MS = 300_000;

/** Every answer bears the number of its request. */
export interface Envelope<Content> {
  readonly number: number;
  readonly content: Content;
}

/**
 * Starts `bench/support/<name>.ts`. What it prints is dropped, as a service's log is that nobody looks at; its errors are
 * shown. BENCH_PROFILE names a folder for its CPU profile.
 */
export function startChild<Request, Answer>(name: string): Child<Request, Answer> {
  const folder = process.env["BENCH_PROFILE"];
  const profile = folder
    ? ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`]
    : [];
  const child: ChildProcess = fork(new URL(`./${name}.js`, import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: ["--enable-source-maps", ...profile],
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  let ended = false;
  child.on("message", ({ number, content }: Envelope<Answer>) => {
    waiting.get(number)?.(content);
    waiting.delete(number);
  });
  const exit = async (): Promise<void> => {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (!ended) throw new Error(`${name} ended: ${code ?? signal}`);
  };
  const exited = exit();
  return {
    pid: child.pid ?? 0,
    async ask(content) {
      asked += 1;
      const number = asked;
      const answered = new Promise<Answer>((resolve) => waiting.set(number, resolve));
      child.send({ number, content });
      const timer = setTimeout(() => {
        throw new Error(`${name} has not answered for ${PATIENCE_MS} ms`);
      }, PATIENCE_MS);
      await Promise.race([answered, exited]);
      clearTimeout(timer);
      return await answered;
    },
    async kill() {
      ended = true;
      child.kill("SIGKILL");
      await exited;
    },
    async [Symbol.asyncDispose]() {
      ended = true;
      // It ends by itself when nobody can ask any more, so that it can still write its profile.
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The child's side: answers one request after another as they come, several at a time. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what comes is what the bench itself has sent
export function answerParent<Request>(handle: (request: Request) => Promise<unknown>): void {
  process.on("message", ({ number, content }: Envelope<Request>) => {
    handle(content).then(
      (answer) => process.send?.({ number, content: answer }),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => {
    process.exit(0);
  });
}

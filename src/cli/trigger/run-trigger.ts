import { toJson } from "../terminal/to-json.ts";
import { eventCatalogue } from "../../catalogue/event-catalogue.ts";
import { sampleRelated } from "../../catalogue/sample-related.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { type View, callbackBody } from "../../diff/callback-body.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { createSigner } from "../../dispatch/signing/sign.ts";
import { ConfigError } from "../../shared/errors.ts";
import { NAMEABLE } from "../../admin/nameable.ts";
import { unknownName } from "../../config/known-names.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { describeAnswer, isTaken } from "../deliveries/describe-answer.ts";
import { developerKey } from "../demo/developer-key.ts";
import { sendPost } from "../grade/send-post.ts";
import { sensitiveFieldsOf } from "../../resources/registry.ts";
import { isInClear, parseHttpUrl } from "./receiver-url.ts";
import { formatTable } from "../terminal/table.ts";
import { buildTriggeredEvent } from "./trigger.ts";

type Print = (line: string) => void;

export interface TriggeredOptions {
  readonly type: string;
  /** Values by dotted path. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly json: boolean;
}

export type TriggeredView = Omit<View, "include">;

/** Every type with the sentence that says when it is told. */
export function listTypes(json: boolean, print: Print): void {
  if (json) {
    print(
      JSON.stringify(
        eventCatalogue.map(({ type, when }) => ({ type, when })),
        null,
        2,
      ),
    );
    return;
  }
  print(formatTable(eventCatalogue.map(({ type, when }) => [type, when])));
}

/** The body alone, on one line, as it would be sent. */
export function printTriggered(given: TriggeredOptions, view: TriggeredView, print: Print): void {
  refuseUnknownLinks(view);
  print(bodyOf(build(given), view));
}

/** Sends it to a receiver of the developer's own, straight from here. False: it was not answered with 2xx. */
export async function triggerUrl(
  given: TriggeredOptions,
  target: { readonly url: string; readonly secret: string | undefined; readonly view: TriggeredView },
  print: Print,
): Promise<boolean> {
  refuseUnknownLinks(target.view);
  const url = parseHttpUrl(target.url, "--forward-to", "http://127.0.0.1:3000/webhooks");
  const nowMs = Date.now();
  const { key, verifier } = developerKey(target.secret, nowMs);
  const event = build(given);
  const body = bodyOf(event, target.view);
  const headers = createSigner().headers([key], event.id, Math.floor(nowMs / 1_000), body, nowMs);
  const made = target.secret === undefined;
  if (!given.json) {
    if (isInClear(url)) print(`${url.host} is called over plain http: what is sent can be read on the way`);
    if (made) print(`secret  ${verifier}   (made for this once; pass your own with --secret-env NAME)`);
    print(`${event.type} ${event.id} to ${url.href}`);
  }
  const answer = await sendPost(url.href, { headers, body });
  if (given.json) {
    const id = { id: event.id, type: event.type };
    print(toJson({ ...id, ...answer, ...(made ? { secret: verifier } : {}) }));
  } else {
    print(`${isTaken(answer) ? "delivered" : "FAILED"}: ${describeAnswer(answer)}`);
    if (answer.kind === "answered" && answer.excerpt) print(`answer: ${answer.excerpt}`);
  }
  return isTaken(answer);
}

/** The event itself. @param account instead of the example's, where the developer does not say */
export function build({ type, overrides }: TriggeredOptions, account?: string): WebhookEvent {
  const built = buildTriggeredEvent(type, overrides, Date.now());
  if (built.kind === "refused") {
    const known = eventCatalogue.some((entry) => entry.type === type);
    const path = known ? "--set" : "<type>";
    const remedy = known ? `trigger ${type} --print shows what there is` : "trigger --list shows all types";
    const problems = built.problems.map((message) => ({ path, message, remedy }));
    throw new ConfigError("the command line", problems);
  }
  const { event } = built;
  // What the service tells of itself is of no clinic.
  const own = overrides["account"] !== undefined || event.account === SERVICE_ACCOUNT;
  return own || account === undefined ? event : { ...event, account };
}

function refuseUnknownLinks({ payload, expand = [], localTime = false }: TriggeredView): void {
  const unknown = expand.find((name) => name !== "*" && !NAMEABLE.links.includes(name));
  if (unknown !== undefined) {
    const [message, remedy] = unknownName("link", unknown, NAMEABLE.links);
    throw problemAt("--expand", message, remedy());
  }
  if (payload === "ids" && (expand.length > 0 || localTime)) {
    const option = expand.length > 0 ? "--expand" : "--local-time";
    throw problemAt(option, "brings values, and payload ids has none", "use --payload changes or full");
  }
}

/** Sensitive fields are in it where the developer has set them: they are the developer's own. */
function bodyOf(event: WebhookEvent, view: TriggeredView): string {
  const include = sensitiveFieldsOf(event.subject.type);
  return callbackBody(event, sampleRelated(event), { ...view, include });
}

import type {
  IDataObject,
  IHookFunctions,
  IHttpRequestMethods,
  ILoadOptionsFunctions,
  INodePropertyOptions,
  IWebhookFunctions,
} from "n8n-workflow";
import { NodeOperationError } from "n8n-workflow";

type Context = IHookFunctions | ILoadOptionsFunctions | IWebhookFunctions;

/** Of an endpoint of the service, what is needed here. */
export interface Endpoint extends IDataObject {
  id: string;
  signing_keys: { public_key: string | null }[];
  status: { state: string };
}

interface Page<Item> {
  data: Item[];
  next: string | null;
}

interface Answered {
  statusCode: number;
  body: unknown;
}

/** @throws NodeOperationError in the service's own words: n8n's own are that a request was bad */
export async function ask<Answer>(
  context: Context,
  method: IHttpRequestMethods,
  path: string,
  more: { body?: IDataObject; qs?: IDataObject } = {},
): Promise<Answer> {
  const { url } = await context.getCredentials<{ url: string }>("clinikoWebhooksApi");
  const { body, statusCode } = (await context.helpers.httpRequestWithAuthentication.call(
    context,
    "clinikoWebhooksApi",
    {
      method,
      url: `${url.replace(/\/+$/, "")}/v1${path}`,
      json: true,
      returnFullResponse: true,
      ignoreHttpStatusErrors: true,
      ...more,
    },
  )) as Answered;
  if (statusCode < 400) return body as Answer;
  const said = `The service answered ${statusCode}: ${whyNot(body as Problem | undefined)}`;
  throw new NodeOperationError(context.getNode(), said);
}

interface Problem {
  detail?: string;
  errors?: { path: string; message: string; remedy: string }[];
}

/** A problem of the service names each setting, what is wrong with it and what to do. */
function whyNot(problem?: Problem): string {
  const each = (problem?.errors ?? []).map(({ path, message, remedy }) => `${path} ${message}: ${remedy}`);
  return each.length > 0 ? each.join("; ") : (problem?.detail ?? "no reason was given");
}

export function pathOf({ id }: Endpoint): string {
  return `/endpoints/${encodeURIComponent(id)}`;
}

/** The endpoint that calls this URL. */
export async function findEndpoint(context: Context, url: string): Promise<Endpoint | undefined> {
  const { data } = await ask<Page<Endpoint>>(context, "GET", "/endpoints", { qs: { url } });
  return data[0];
}

export function publicKeysOf({ signing_keys: keys }: Endpoint): string[] {
  return keys.flatMap(({ public_key: key }) => (key === null ? [] : [key]));
}

interface EventType {
  type: string;
  subject: string;
  title: string;
  when: string;
}

async function readEventTypes(context: ILoadOptionsFunctions): Promise<EventType[]> {
  const types: EventType[] = [];
  let cursor: string | null | undefined;
  do {
    const qs: IDataObject = { limit: 100, ...(cursor ? { cursor } : {}) };
    const page: Page<EventType> = await ask(context, "GET", "/event-types", { qs });
    types.push(...page.data);
    cursor = page.next;
  } while (cursor);
  return types;
}

function toOption({ type, title, when }: EventType): INodePropertyOptions {
  return { name: `${title} (${type})`, value: type, description: `When ${when}` };
}

export async function getEventTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
  return (await readEventTypes(this)).map(toOption);
}

/** Every type, and everything about one kind of record. */
export async function getEventPatterns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
  const types = await readEventTypes(this);
  const subjects = [...new Set(types.map(({ subject }) => subject))];
  const all = subjects.map((subject) => ({ name: `All of ${subject}.*`, value: `${subject}.*` }));
  return [...all, ...types.map(toOption)];
}

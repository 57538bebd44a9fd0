import type { Complaints } from "../tables/define-table.ts";

/** A response before it is given its Date and request id. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function answerJson(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(value),
  };
}

export function answerMessage(status: number, message: string): Answer {
  return answerJson(status, { message });
}

export function answerEmpty(status: number): Answer {
  // Real empty answers still name a type; a 204 has none.
  return { status, headers: status === 204 ? {} : { "content-type": "text/html" }, body: "" };
}

/** No such record, or one that is hidden from this request: the two cannot be told apart. */
export function answerNotFound(): Answer {
  return answerMessage(404, "The requested resource could not be found");
}

export function isWrong(complaints: Complaints): boolean {
  return Object.keys(complaints).length > 0;
}

export function answerInvalid(errors: Complaints): Answer {
  return answerJson(422, { message: "Validation Failed", errors });
}

const PAGES: Readonly<Record<number, string>> = {
  200: "We are down for maintenance",
  404: "The page you were looking for doesn't exist",
  500: "We're sorry, but something went wrong",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Gateway time-out",
};

/** What a proxy or the framework says when no controller was reached: a page for people. */
export function answerPage(status: number): Answer {
  const title = PAGES[status] ?? "Error";
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!DOCTYPE html>\n<html><head><title>${title} (${status})</title></head><body><h1>${title}.</h1></body></html>\n`,
  };
}

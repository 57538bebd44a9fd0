import type { ReactNode } from "react";

export interface ErrorClassWords {
  /** What happened, short. */
  readonly name: string;
  readonly means: string;
  readonly remedy: string;
  /** Ours: it does not count against the receiver. */
  readonly ours?: boolean;
}

/** Every error class of an attempt, in the words of docs/operations.md. */
export const ERROR_CLASS_WORDS: Readonly<Record<string, ErrorClassWords>> = {
  // All that a subscriber is told.
  no_answer: {
    name: "No answer",
    means: "The endpoint was not reached, or did not answer in time.",
    remedy:
      "Look at its address, its certificate and its log. The service's operator can see what went wrong.",
  },
  dns: {
    name: "Name not found",
    means: "The endpoint's host name has no address.",
    remedy: "Look at the name, and whether the service's machine resolves it.",
  },
  connect: {
    name: "No connection",
    means: "The receiver refused the connection, or there is no route to it.",
    remedy: "Is it running, on that port, and does its firewall let the service in?",
  },
  tls: {
    name: "TLS failed",
    means:
      "The certificate has ended, is for another name or of an unknown authority, or no protocol is common to both.",
    remedy: "Renew the certificate; for an authority of your own, set the endpoint's tls.ca.",
  },
  timeout: {
    name: "No answer in time",
    means: "No beginning of an answer came within the deadline. The event is sent again.",
    remedy: "Let the receiver answer first and work then.",
  },
  body_too_slow: {
    name: "Answer too slow",
    means: "The answer began, and its end did not come within the deadline.",
    remedy: "Let the receiver answer with an empty body.",
  },
  broken_off: {
    name: "Broken off",
    means:
      "The connection ended in the middle: often a proxy that gives up, or a receiver that is being deployed.",
    remedy: "If it goes on, look at the receiver's proxy.",
  },
  bad_answer: {
    name: "Not HTTP",
    means: "What came was not HTTP.",
    remedy: "Look at the port, and whether http and https are mixed up.",
  },
  status: {
    name: "Not accepted",
    means: "The receiver answered with another status than 2xx.",
    remedy: "Its own log knows why.",
  },
  refused_by_guard: {
    name: "Address not allowed",
    means: "The address is not public, or not one for callbacks. Nothing was sent.",
    remedy: "If it is meant, the operator opens just that range with delivery.allow_private.",
  },
  no_network: {
    name: "No way out",
    means: "The service's machine has no way out. This uses up no attempt.",
    remedy: "Look at that machine's network, and whether it is allowed to send.",
    ours: true,
  },
  proxy: {
    name: "Proxy failed",
    means:
      "The proxy of delivery.proxy cannot be reached, or refused the connection. This uses up no attempt.",
    remedy: "Look at the proxy's log.",
    ours: true,
  },
  unreadable_event: {
    name: "Event unreadable",
    means: "The event was sealed with a key that is not configured. This uses up no attempt.",
    remedy: "Bring the former encryption key back into the configuration.",
    ours: true,
  },
  account_withdrawn: {
    name: "Account withdrawn",
    means: "The endpoint may not have this account's events any more, so it was not sent.",
    remedy: "Widen the endpoint's accounts again, then recover it.",
    ours: true,
  },
  not_subscribed: {
    name: "Not subscribed",
    means: "The endpoint does not ask for this event, so it was not sent.",
    remedy: "Widen what the endpoint asks for, then recover it.",
    ours: true,
  },
  event_not_kept: {
    name: "Event gone",
    means: "The event was erased with its patient, or is older than the retention. Nobody can send it.",
    remedy: "Nothing to do.",
    ours: true,
  },
};

/** What an answer's status says beyond "not accepted". */
const STATUS_REMEDIES: readonly { readonly statuses: readonly number[]; readonly remedy: string }[] = [
  {
    statuses: [401, 403],
    remedy: "A header that it wants is missing, or it does not accept the signature: compare the secrets.",
  },
  { statuses: [404, 405], remedy: "Look at the path of the endpoint's URL." },
  {
    statuses: [410],
    remedy:
      "It said that it is gone, so the endpoint is disabled until a test passes or somebody enables it.",
  },
  {
    statuses: [429, 502, 503, 504],
    remedy: "It is overloaded or down: less is sent at once until it recovers.",
  },
];

/** What to say of an error class; undefined: nothing went wrong. A class that is not known here keeps its own name. */
export function wordsOfErrorClass(
  errorClass: string | null,
  status: number | null = null,
): ErrorClassWords | undefined {
  if (errorClass === null) return undefined;
  const words = ERROR_CLASS_WORDS[errorClass] ?? {
    name: errorClass,
    means: "It failed for a reason that these pages do not know.",
    remedy: "Look it up in docs/operations.md.",
  };
  if (errorClass !== "status" || status === null) return words;
  const redirect =
    status >= 300 && status < 400 ? "Redirects are not followed: write the final address." : undefined;
  const remedy = redirect ?? STATUS_REMEDIES.find(({ statuses }) => statuses.includes(status))?.remedy;
  return {
    ...words,
    name: `Status ${status}`,
    means: `The receiver answered with ${status}.`,
    remedy: remedy ?? words.remedy,
  };
}

/** Why an attempt failed and what to do about it, in two sentences. */
export function ErrorClassNote({
  errorClass,
  status = null,
}: {
  readonly errorClass: string | null;
  readonly status?: number | null;
}): ReactNode {
  const words = wordsOfErrorClass(errorClass, status);
  if (!words) return null;
  return (
    <p className="error-class">
      <strong>{words.name}</strong>
      {errorClass === "status" ? null : (
        <>
          {" "}
          <code>{errorClass}</code>
        </>
      )}
      : {words.means} <span className="remedy">{words.remedy}</span>
    </p>
  );
}

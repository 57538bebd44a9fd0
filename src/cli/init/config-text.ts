/** What a new installation is asked for. */
export interface Answers {
  readonly contactName: string;
  readonly contactEmail: string;
  /** Name of the clinic's account, as it will stand in every event. */
  readonly account: string;
  readonly baseUrl: string | undefined;
  /** Undefined: endpoints are made later, while the service runs. */
  readonly url: string | undefined;
  /** Undefined: the dashboard and the API are for this machine alone. */
  readonly opsHost: string | undefined;
}

/** Files of one secret each, by what stands in notifier.yaml. */
export const SECRET_FILES = {
  encryption: "secrets/encryption_key",
  apiKey: "secrets/cliniko_api_key",
  webhook: "secrets/webhook_secret",
} as const;

/** notifier.yaml of a new installation. Values are quoted as JSON is, which YAML reads too. */
export function toConfigText({ contactName, contactEmail, account, baseUrl, url, opsHost }: Answers): string {
  const quoted = JSON.stringify;
  return [
    "# Made by cliniko-webhooks init. Everything that can be set: notifier.example.yaml, in the package.",
    "# Secrets are files of their own beside this one. Keep the encryption key: without it, what is in Redis is lost.",
    `contact: { name: ${quoted(contactName)}, email: ${quoted(contactEmail)} }`,
    "encryption:",
    `  - { id: k1, key: { file: ${SECRET_FILES.encryption} } }`,
    "accounts:",
    `  ${quoted(account)}:`,
    `    api_key: { file: ${SECRET_FILES.apiKey} }`,
    ...(baseUrl === undefined ? [] : [`    base_url: ${quoted(baseUrl)}`]),
    ...(url === undefined ? [] : endpointLines(url)),
    ...(opsHost === undefined ? [] : [`ops: { host: ${quoted(opsHost)} }`]),
    "",
  ].join("\n");
}

function endpointLines(url: string): string[] {
  const lines = [
    "endpoints:",
    "  receiver:",
    `    url: ${JSON.stringify(url)}`,
    `    secret: { file: ${SECRET_FILES.webhook} }`,
    '    events: ["*"]',
  ];
  return isThisMachine(url)
    ? [
        ...lines,
        "# A receiver on this machine.",
        'delivery: { allow_http: true, allow_private: ["127.0.0.1/32", "::1/128"] }',
      ]
    : lines;
}

function isThisMachine(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(URL.parse(url)?.hostname ?? "");
}

import type { ReactNode } from "react";

import type { EndpointWithSecret } from "../../api/answers.ts";
import { BASE_PATH } from "../../api/base-path.ts";
import { CopyButton } from "../../components/controls/copy-button.tsx";
import { Note } from "../../components/layout/note.tsx";

/** What a receiver verifies with: a secret is shown this one time. */
export function SecretOnce({
  endpoint: { public_key: publicKey, secret },
}: {
  readonly endpoint: Pick<EndpointWithSecret, "secret" | "public_key">;
}): ReactNode {
  if (secret === null) {
    return (
      <>
        <p>
          Callbacks are verified with this public key. It is no secret, and stays to be read on the page of
          its keys.
        </p>
        <Value what="the public key" text={publicKey ?? ""} />
        <VerifySnippet code={WITH_PUBLIC_KEY} />
      </>
    );
  }
  return (
    <>
      <Note tone="warn">
        <p>
          <strong>Copy the secret now: it is not shown again.</strong> Keep it where the receiver keeps its
          passwords. If it gets lost, rotate the key: that makes a new one.
        </p>
      </Note>
      <Value what="the secret" text={secret} />
      <VerifySnippet code={WITH_SECRET} />
    </>
  );
}

function Value({ what, text }: { readonly what: string; readonly text: string }): ReactNode {
  return (
    <p className="secret">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </p>
  );
}

/** As docs/receiving.md has them. */
const WITH_SECRET = `import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…
const event = webhook.verify(body, headers); // the bytes as they came`;
const WITH_PUBLIC_KEY = `import { verifyWebhook } from "cliniko-webhooks/verify"; // or a copy of src/public/verify.ts

const secrets = [process.env.WEBHOOK_PUBLIC_KEY]; // whpk_…
const { kind } = verifyWebhook({ secrets, headers, body, nowMs: Date.now() }); // "verified" or "refused"`;

function VerifySnippet({ code }: { readonly code: string }): ReactNode {
  return (
    <>
      <h3>How the receiver verifies a callback</h3>
      <div className="snippet">
        <pre tabIndex={0} role="region" aria-label="Example">
          {code}
        </pre>
        <CopyButton text={code} what="the example" />
      </div>
      <p className="hint">
        Verify the bytes as they came, before a framework parses them. Verify, store, answer 2xx within 15
        seconds, and only then work. Whole receivers in seven languages are in{" "}
        <a href={`${BASE_PATH}/docs/receiving`}>the documentation</a>.
      </p>
    </>
  );
}

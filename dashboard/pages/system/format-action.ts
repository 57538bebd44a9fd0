const WORDS: Readonly<Record<string, string>> = {
  "account.poll": "Asked for a reading",
  "account.release": "Released the guards",
  "delivery.retry": "Sent again",
  "endpoint.create": "Made an endpoint",
  "endpoint.delete": "Deleted an endpoint",
  "endpoint.enable": "Enabled an endpoint",
  "endpoint.pause": "Paused an endpoint",
  "endpoint.recover": "Began a recovery",
  "endpoint.rotate": "Rotated the signing keys",
  "endpoint.test": "Tested an endpoint",
  "endpoint.update": "Changed an endpoint",
  "patient.forget": "Forgot a patient",
  "patient.unforget": "Let a patient be known again",
  "session.create": "Signed in",
  "session.end": "Signed out",
  "sign_in_link.create": "Made a one-time link",
  "token.create": "Made a token",
  "token.revoke": "Revoked a token",
};

/** What somebody did, in words; one that is not known yet as it is written. */
export function formatAction(action: string): string {
  return WORDS[action] ?? action;
}

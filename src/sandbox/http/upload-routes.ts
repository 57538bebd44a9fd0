import { create, perform } from "../acts/act.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { hashText } from "../clinic/random.ts";
import { toWireTime } from "../wire/time.ts";
import { answerInvalid, answerJson, answerMessage, answerNotFound, type Answer } from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { readFields } from "./read-fields.ts";
import { parseBody, toId } from "./request-body.ts";
import { route, type Route } from "./route.ts";

/** Where files are taken: upstream, a bucket at another host, which knows no keys and no users. */
export const UPLOADS = "/uploads";
const VALID_MS = 3_600_000;
/** A file is looked at in the background before its record names it. */
const PROCESSED_AFTER_MS = 8_000;
const PLACE = /\d+\/patients\/\d+\/attachments\/temp\/[0-9a-z]+/;

/** A file comes into a patient's record in three steps: ask for a place, put the file there, say where it lies. */
export function uploadRoutes(): Route[] {
  return [
    route("GET", "/patients/:id/attachment_presigned_post", answerPlace, "patient_attachments"),
    route("POST", "/patient_attachments", answerAttachment),
  ];
}

function answerPlace(call: Call): Answer {
  const { pageBase, state } = call;
  const patientId = parameterOf(call, "id");
  const patient = state.tables.patients.current(patientId)?.row;
  if (patient === undefined || patient.archived_at !== null) return answerNotFound();
  const untilMs = state.now() + VALID_MS;
  const account = hashText(state.name);
  const place = `${account}/patients/${patientId}/attachments/temp/${state.nextId(state.now())}`;
  const policy = Buffer.from(
    JSON.stringify({ expiration: toWireTime(untilMs / 1_000, "milliseconds"), place }),
  ).toString("base64");
  state.uploads.set(place, { patientId, policy, untilMs });
  return answerJson(200, {
    url: pageBase.replace(/\/v1$/, UPLOADS),
    fields: {
      acl: "private",
      // The bucket puts the file's own name there.
      key: `${place}/\${filename}`,
      policy,
      success_action_status: "201",
      "x-amz-algorithm": "AWS4-HMAC-SHA256",
      "x-amz-credential": "sandbox/20261123/ap-southeast-2/s3/aws4_request",
      "x-amz-signature": sign(policy),
    },
  });
}

/** As the bucket answers: in XML, about a form with the fields as they were given and the file as the last. */
export function takeUpload(state: ClinicState, body = ""): Answer {
  const fields = parseForm(body);
  const { content, filename, type } = fields.get("file") ?? {};
  const valueOf = (name: string): string => fields.get(name)?.content ?? "";
  const [place = ""] = PLACE.exec(valueOf("key")) ?? [];
  const upload = state.uploads.get(place);
  const policy = valueOf("policy");
  if (upload?.policy !== policy || valueOf("x-amz-signature") !== sign(policy))
    return answerXml(403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
  if (upload.untilMs <= state.now())
    return answerXml(
      403,
      "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>",
    );
  if (content === undefined || filename === undefined)
    return answerXml(
      400,
      "<Error><Code>InvalidArgument</Code><Message>POST requires exactly one file upload per request.</Message></Error>",
    );
  state.uploads.set(place, {
    ...upload,
    file: { filename, content_type: type ?? "application/octet-stream", size: content.length },
  });
  return answerXml(201, `<PostResponse><Key>${place}/${encodeURIComponent(filename)}</Key></PostResponse>`);
}

/** Whether a file lies where it is said to, nobody looks before the background does: without one, it is never processed. */
function answerAttachment(call: Call): Answer {
  const { state } = call;
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readFields(state, "patient_attachments", fields, true);
  const [place = ""] = PLACE.exec(toId(fields["upload_url"]) ?? "") ?? [];
  const upload = state.uploads.get(place);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  if (upload === undefined || upload.patientId !== reading.values.patient_id)
    return answerInvalid({ upload_url: "is invalid" });
  const id = create(state, "patient_attachments", { ...reading.values, user_id: call.userId });
  state.background.later(PROCESSED_AFTER_MS, () => {
    const { file, ...rest } = state.uploads.get(place) ?? upload;
    // It is moved from there: whoever names the same place twice has one file.
    state.uploads.set(place, rest);
    if (file && state.tables.patient_attachments.current(id))
      perform(state, "patient_attachments", id, "process", file);
  });
  return answerJson(201, state.tables.patient_attachments.current(id)?.render());
}

function sign(policy: string): string {
  return hashText(policy, 2).toString(16).padStart(8, "0");
}

function answerXml(status: number, xml: string): Answer {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}

interface FormField {
  readonly content: string;
  readonly filename?: string;
  readonly type?: string;
}

/** multipart/form-data, a byte a character. */
function parseForm(body: string): ReadonlyMap<string, FormField> {
  const boundary = body.slice(0, body.indexOf("\r\n"));
  if (!boundary.startsWith("--")) return new Map();
  const parts = body.split(boundary).flatMap((part): [string, FormField][] => {
    const [, head = "", content = ""] = /^\r\n([^]*?)\r\n\r\n([^]*)\r\n$/.exec(part) ?? [];
    const name = / name="([^"]*)"/.exec(head)?.[1];
    const filename = / filename="([^"]*)"/.exec(head)?.[1];
    const type = /content-type: *(.+)/i.exec(head)?.[1];
    if (name === undefined) return [];
    const decoded = filename && Buffer.from(filename, "latin1").toString("utf8");
    return [[name, { content, ...(decoded && { filename: decoded }), ...(type && { type: type.trim() }) }]];
  });
  return new Map(parts);
}

/** What happens to notes, forms and files in a patient's record. */
import { signaturesIn } from "./field.ts";
import { differs, moment } from "./rule-kinds.ts";
import { type Read, type Served, defineRule } from "./transition.ts";

export const pinning = moment(
  "pinned_at",
  ["pinned", { title: "{it} pinned", when: "it was pinned to the top of the patient's record" }],
  ["unpinned", { title: "{it} unpinned", when: "it is not pinned any longer" }],
);

/** Where `draft` and `finalized_at` disagree, `draft` decides. */
function isFinal(read: Read): boolean {
  const draft = read("draft");
  return draft === null ? read("finalized_at") !== null : draft === false;
}

export const finalisation = defineRule({
  tells: {
    finalised: {
      title: "{it} finalised",
      when: "it is not a draft any longer",
      stamp: "finalized_at",
      example: (_, at) => ({ after: { draft: false, finalized_at: at } }),
    },
    reopened: {
      title: "{it} reopened",
      when: "it was final and is a draft again",
      example: ({ created_at: at }) => ({
        before: { draft: false, finalized_at: at },
        after: { draft: true, finalized_at: null },
      }),
    },
  },
  fields: ["draft", "finalized_at"],
  detect(before, after) {
    const was = before !== undefined && isFinal(before);
    if (was === isFinal(after)) return [];
    return [was ? "reopened" : "finalised"];
  },
});

export const writing = differs(
  ["content_changed", { title: "{it} rewritten", when: "its title or its content changed" }],
  { columns: ["content", "title"], example: () => ({ after: { title: "Rewritten" } }) },
);

function isProcessed(read: Read): boolean {
  return read("processing_completed") === true || read("processed_at") !== null;
}

export const processing = defineRule({
  tells: {
    processed: {
      title: "{it} ready",
      when: "what was uploaded has been looked at: it has a name and a size now",
      stamp: "processed_at",
      example: (_, at) => ({ after: { processing_completed: true, processed_at: at } }),
    },
  },
  fields: ["processing_completed", "processed_at"],
  also: ["filename", "content_type", "size"],
  detect: (before, after) =>
    isProcessed(after) && !(before !== undefined && isProcessed(before)) ? ["processed"] : [],
});

export const completion = moment(
  "completed_at",
  ["completed", { title: "{it} completed", when: "it was completed" }],
  ["completion_reverted", { title: "{it} open again", when: "`completed_at` was cleared" }],
  { also: ["content"] },
);

function isCompleted(read: Read): boolean {
  return read("completed_at") !== null;
}

export const editing = defineRule({
  tells: {
    edited: {
      title: "{it} changed after completion",
      when: "`edited_at` moved while it was completed",
      example: ({ created_at: from }, at) => ({
        before: { completed_at: from },
        after: { completed_at: from, edited_at: at },
      }),
    },
  },
  fields: ["edited_at"],
  also: ["content"],
  detect: (before, after) =>
    before &&
    isCompleted(before) &&
    isCompleted(after) &&
    after("edited_at") !== null &&
    after("edited_at") !== before("edited_at")
      ? ["edited"]
      : [],
});

const signed = (...questions: readonly object[]): Served => ({ content: { sections: [{ questions }] } });

/** While neither completed nor opened again: signatures were added, and none taken away. */
export const signing = defineRule({
  tells: {
    signed: {
      title: "{it} signed",
      when: "a signature was added, and it was neither completed nor opened again in that",
      example: () => ({ after: signed({ type: "signature", signature_id: "41" }) }),
    },
  },
  fields: ["content"],
  detect(before, after) {
    if (!before || isCompleted(before) !== isCompleted(after)) return [];
    const [had, has] = [signaturesIn(before("content")), signaturesIn(after("content"))];
    return has.length > had.length && had.every((id) => has.includes(id)) ? ["signed"] : [];
  },
});

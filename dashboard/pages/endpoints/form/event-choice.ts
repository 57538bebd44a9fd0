/** An event type, and what a person calls it. */
export interface EventTypeWords {
  readonly type: string;
  readonly subject: string;
  readonly title: string;
  /** The end of the sentence: it is told when … */
  readonly when: string;
}

/** Everything that one kind of record can be told of. */
export interface SubjectTypes {
  readonly subject: string;
  readonly types: readonly EventTypeWords[];
}

export function groupBySubject(types: readonly EventTypeWords[]): readonly SubjectTypes[] {
  const subjects = [...new Set(types.map(({ subject }) => subject))];
  return subjects.map((subject) => ({ subject, types: types.filter((type) => type.subject === subject) }));
}

/** Those that a text is found in: in the name, or in what a person calls it. */
export function findTypes(types: readonly EventTypeWords[], text: string): readonly EventTypeWords[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return types.filter(({ title, type, when }) => {
    const described = `${type} ${type.replaceAll("_", " ")} ${title} ${when}`.toLowerCase();
    return words.every((word) => described.includes(word));
  });
}

export function isChosen(events: readonly string[], type: string): boolean {
  const subject = type.slice(0, type.indexOf("."));
  return events.includes("*") || events.includes(`${subject}.*`) || events.includes(type);
}

/** `*`, and with it whatever will be added. The single ones come back when it is taken away only if they are chosen anew. */
export function chooseAll(chosen: boolean): readonly string[] {
  return chosen ? ["*"] : [];
}

/** `subject.*`: its types of today, and those that will be added. */
export function chooseSubject(
  events: readonly string[],
  subject: string,
  chosen: boolean,
): readonly string[] {
  const others = events.filter((pattern) => !pattern.startsWith(`${subject}.`));
  return chosen ? [...others, `${subject}.*`] : others;
}

/** Taken out of a whole subject, the others of it stay, one by one. */
export function chooseType(
  events: readonly string[],
  { subject, types }: SubjectTypes,
  type: string,
  chosen: boolean,
): readonly string[] {
  if (chosen) return events.includes(type) ? events : [...events, type];
  if (!events.includes(`${subject}.*`)) return events.filter((pattern) => pattern !== type);
  const others = types.filter((other) => other.type !== type).map((other) => other.type);
  return [...chooseSubject(events, subject, false), ...others];
}

// Every resource: one line each. Their order is that of the registry.
export * from "./attendees.ts";
export * from "./availability-blocks.ts";
export * from "./group-appointments.ts";
export * from "./individual-appointments.ts";
export * from "./invoices.ts";
export * from "./medical-alerts.ts";
export * from "./patient-attachments.ts";
export * from "./patient-cases.ts";
export * from "./patient-forms.ts";
export * from "./patients.ts";
export * from "./practitioners.ts";
export * from "./relationships.ts";
export * from "./taxes.ts";
export * from "./treatment-notes.ts";
export * from "./unavailable-blocks.ts";

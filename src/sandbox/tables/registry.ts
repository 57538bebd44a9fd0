// One line a resource, under the name of its list. Everything else follows from the tables.
export { appointmentTypes as appointment_types } from "./appointment-types.ts";
export { attendees } from "./attendees.ts";
export { availabilityBlocks as availability_blocks } from "./availability-blocks.ts";
export { businesses } from "./businesses.ts";
export { groupAppointments as group_appointments } from "./group-appointments.ts";
export { individualAppointments as individual_appointments } from "./individual-appointments.ts";
export { medicalAlerts as medical_alerts } from "./medical-alerts.ts";
export { patientAttachments as patient_attachments } from "./patient-attachments.ts";
export { patientFormTemplates as patient_form_templates } from "./patient-form-templates.ts";
export { patientForms as patient_forms } from "./patient-forms.ts";
export { patients } from "./patients.ts";
export { practitioners } from "./practitioners.ts";
export { relationships } from "./relationships.ts";
export { treatmentNoteTemplates as treatment_note_templates } from "./treatment-note-templates.ts";
export { treatmentNotes as treatment_notes } from "./treatment-notes.ts";
export { unavailableBlockTypes as unavailable_block_types } from "./unavailable-block-types.ts";
export { unavailableBlocks as unavailable_blocks } from "./unavailable-blocks.ts";
export { users } from "./users.ts";

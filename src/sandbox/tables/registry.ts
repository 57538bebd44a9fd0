// One line a resource, under the name of its list. Everything else follows from the tables.
export { appointmentTypes as appointment_types } from "./appointment-types.ts";
export { attendees } from "./attendees.ts";
export { businesses } from "./businesses.ts";
export { groupAppointments as group_appointments } from "./group-appointments.ts";
export { individualAppointments as individual_appointments } from "./individual-appointments.ts";
export { medicalAlerts as medical_alerts } from "./medical-alerts.ts";
export { patients } from "./patients.ts";
export { practitioners } from "./practitioners.ts";
export { unavailableBlockTypes as unavailable_block_types } from "./unavailable-block-types.ts";
export { unavailableBlocks as unavailable_blocks } from "./unavailable-blocks.ts";
export { users } from "./users.ts";

import type { AppointmentTypeRow, BusinessRow, PractitionerRow, UserRow } from "../storage/rows.ts";
import type { WireFormat } from "./format.ts";
import type { WireRecord } from "./record.ts";

/** The furniture of a practice: records that seldom change and are here to be looked up. */
export function renderPractitioner(row: PractitionerRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/practitioners/${row.id}`;
  const name = `${row.first_name} ${row.last_name}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    active: row.active,
    first_name: row.first_name,
    last_name: row.last_name,
    title: row.title,
    designation: row.designation,
    description: null,
    display_name: name,
    label: name,
    show_in_online_bookings: true,
    user: links.to(`/users/${row.user_id}`),
    appointments: links.to(`${self}/appointments`),
    appointment_types: links.to(`${self}/appointment_types`),
    invoices: links.to(`${self}/invoices`),
    practitioner_reference_numbers: links.to(`${self}/practitioner_reference_numbers`),
    ...links.to(self),
  };
}

export function renderBusiness(row: BusinessRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/businesses/${row.id}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    archived_at: format.timeOrNull(row.archived_at),
    business_name: row.business_name,
    display_name: row.business_name,
    business_registration_name: "",
    business_registration_value: "",
    address_1: row.address_1,
    address_2: "",
    city: row.city,
    state: row.state,
    post_code: row.post_code,
    country: "Australia",
    country_code: "AU",
    contact_information: "",
    email_reply_to: "",
    show_in_online_bookings: true,
    website_address: "",
    time_zone: row.time_zone,
    appointments: links.to(`${self}/appointments`),
    practitioners: links.to(`${self}/practitioners`),
    ...links.to(self),
  };
}

export function renderAppointmentType(row: AppointmentTypeRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/appointment_types/${row.id}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    archived_at: format.timeOrNull(row.archived_at),
    name: row.name,
    description: "",
    category: row.category,
    color: row.color,
    duration_in_minutes: row.duration_in_minutes,
    max_attendees: row.max_attendees,
    show_in_online_bookings: row.show_in_online_bookings,
    telehealth_enabled: row.telehealth_enabled,
    online_payments_mode: row.online_payments_mode,
    appointment_confirmation_template_ids: [...row.appointment_confirmation_template_ids],
    appointment_reminder_template_ids: [...row.appointment_reminder_template_ids],
    practitioners: links.to(`${self}/practitioners`),
    ...links.to(self),
  };
}

export function renderUser(row: UserRow, format: WireFormat): WireRecord {
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    active: row.active,
    user_active: row.active,
    first_name: row.first_name,
    last_name: row.last_name,
    title: row.title,
    email: row.email,
    role: row.role,
    time_zone: row.time_zone,
    phone_numbers: [],
    ...format.links.to(`/users/${row.id}`),
  };
}

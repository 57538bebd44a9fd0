import { count, flag, integer, json, list, text, word } from "../storage/columns.ts";
import { defineTable, moved, type Deed } from "./define-table.ts";

interface Online {
  readonly "online_bookings.enabled": boolean | null;
}

const enabled = (record: Readonly<Record<string, unknown>>): boolean =>
  record["online_bookings.enabled"] === true;

/** The account's own: one object, in sections. */
export const settings = defineTable({
  path: "settings",
  subject: "settings",
  columns: {
    "account.id": word("1"),
    "account.name": word("Northside Practice"),
    "account.subdomain": word("northside-practice"),
    "account.country": word("Australia"),
    "account.country_code": word("AU"),
    "account.currency_symbol": word("$"),
    "account.time_zone_support": flag(true),
    "account.has_time_travelers": flag(false),
    "account.email_from": word("desk@example.com"),
    "account.first_name": word("Sam"),
    "account.last_name": word("Sample"),
    "account.compliance.has_hipaa_compliance_conflicts": flag(false),
    "account.compliance.hipaa_compliance-conflict_messages": list<string>(),
    "calendar.start_hour": count(8),
    "calendar.end_hour": count(18),
    "calendar.timeslot_size_in_minutes": count(15),
    "calendar.timeslot_height_in_pixels": count(20),
    "calendar.multiple_appointments_gap": flag(false),
    "calendar.show_current_time_indicator": flag(true),
    "documents_and_printing.logo_height": count(80),
    "documents_and_printing.logo_url": text("https://files.example.com/logo.png?signature=1"),
    "online_bookings.enabled": flag(true),
    "online_bookings.allow_bookings_days_in_advance": count(84),
    "online_bookings.allow_online_bookings_time_zone_choice": flag(false),
    "online_bookings.booking_reservation_minutes": count(10),
    "online_bookings.calendar_info": text(),
    "online_bookings.daily_bookings_limit": integer(),
    "online_bookings.disabled_text": text(),
    "online_bookings.disabled_title": text(),
    "online_bookings.logo_url": text("https://files.example.com/booking.png?signature=1"),
    "online_bookings.max_appointments_per_day_segment": integer(),
    "online_bookings.min_hours_advance_required_to_book": count(2),
    "online_bookings.min_hours_notice_for_patient_cancellation": count(24),
    "online_bookings.notice_enabled": flag(false),
    "online_bookings.notice_text": text(),
    "online_bookings.notice_title": text(),
    "online_bookings.notify_practitioner_by_email": flag(true),
    "online_bookings.notify_practitioner_by_sms": flag(false),
    "online_bookings.policy": text("Please come in time."),
    "online_bookings.practitioner_order": list<string>(),
    "online_bookings.privacy_policy_url": text(),
    "online_bookings.require_patient_address": flag(false),
    "online_bookings.show_appointment_duration": flag(true),
    "online_bookings.show_prices": flag(true),
    "online_bookings.adroll.advertiser_id": text(),
    "online_bookings.adroll.pixel_id": text(),
    "online_bookings.google_analytics.tracking_id": text("UA-1"),
    "online_bookings.google_tag_manager.container_id": text(),
    "online_payments.activated": flag(false),
    patient_custom_fields_definition: json<object>({ sample: { sections: [{ name: "Sport", fields: [] }] } }),
    "patient_privacy.requires_hipaa_compliance": flag(false),
    "patient_privacy.browser_title_name_format": word("full_name"),
    "patient_privacy.ical_patient_name_option": word("full_name"),
    "patient_privacy.prevent_sending_financial_data_by_email": flag(false),
    "patient_privacy.anonymise_appointments_on_deletion": flag(false),
    "patient_privacy.anonymise_invoices_and_payments_on_deletion": flag(false),
    "patient_privacy.anonymise_booking_notifications": flag(false),
    "patient_privacy.baa_requested": flag(false),
    "reminders.default_reminder_type": word("SMS"),
    "sms.alphanumeric_source_number_required": flag(false),
    "sms.default_alphanumeric_source_number": word("NORTHSIDE"),
    "sms.max_message_length": integer(),
    "sms.number_of_usable_characters_per_message": count(160),
    "sms.replies_supported": flag(true),
    "terminology.patient": word("patient"),
    "terminology.titles": list<string>(),
    "integrations.mail_chimp.enabled": flag(false),
    "integrations.xero.enabled": flag(false),
    "integrations.medipass.enabled": flag(false),
    "wait_list.default_wait_list_expiry_period": count(30),
  },
  single: {
    publicly: "public",
    onlyWhole: [
      "account.email_from",
      "account.first_name",
      "account.last_name",
      "account.compliance",
      "online_bookings.adroll",
      "online_bookings.google_analytics",
      "online_bookings.google_tag_manager",
      "patient_privacy.anonymise_appointments_on_deletion",
      "patient_privacy.anonymise_invoices_and_payments_on_deletion",
      "patient_privacy.anonymise_booking_notifications",
      "patient_privacy.baa_requested",
      "integrations.medipass",
    ],
  },
  filters: [],
  hiddenBy: [],
  appearance: "updated",
  facts: {
    online_bookings_enabled: {
      explains: ["online_bookings.enabled"],
      shows: (before, after) => before !== undefined && !enabled(before) && enabled(after),
    },
    online_bookings_disabled: {
      explains: ["online_bookings.enabled"],
      shows: (before, after) => before !== undefined && enabled(before) && !enabled(after),
    },
    custom_fields_changed: moved("patient_custom_fields_definition"),
  },
  noise: [
    "account.id",
    "account.country",
    "calendar.timeslot_height_in_pixels",
    "calendar.show_current_time_indicator",
    "documents_and_printing.logo_height",
    "documents_and_printing.logo_url",
    "online_bookings.logo_url",
  ],
  acts: {
    openOnline: (row: Online): Deed<Online> | undefined =>
      row["online_bookings.enabled"] === true
        ? undefined
        : { writes: { "online_bookings.enabled": true }, tells: ["online_bookings_enabled"] },
    closeOnline: (row: Online): Deed<Online> | undefined =>
      row["online_bookings.enabled"] !== true
        ? undefined
        : { writes: { "online_bookings.enabled": false }, tells: ["online_bookings_disabled"] },
  },
});

import { z } from "zod";

import { defineResource } from "./define-resource.ts";
import { boolean, integer, json, sensitive, openStructure, text } from "./field.ts";
import { becomes, differs } from "./rule-kinds.ts";

const NAME_FORMS = "`full_name`, `first_name`, `initials`, `anonymous` or `semi_anonymous`.";

const definitionSchema = z
  .looseObject({
    sections: z.exactOptional(
      z.array(
        z.looseObject({
          name: z.exactOptional(z.string()),
          token: z.exactOptional(z.string()),
          archived: z.exactOptional(z.boolean()),
          fields: z.exactOptional(z.array(z.looseObject({}))),
        }),
      ),
    ),
  })
  .meta({ id: "CustomFieldsDefinition", description: "The fields that the clinic added to its patients." });

export const settings = defineResource({
  path: "settings",
  subject: "settings",
  group: "setup",
  tier: "daily",
  title: "Settings",
  noun: "settings",
  one: "The account's settings, section by section",
  about:
    "There is one of it and it has no id and no moment: `subject.id` is `account`, and `timestamp` is when it was read. `data.changed` and `data.previous` name what changed by its section: `online_bookings.enabled`; `data.object` has the sections as Cliniko serves them. A key whose user may not see the settings is served those that everybody may see: what is missing there is not cleared, and keeps the value it was last known to have.",
  reading: "single",
  publicly: "public",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  followedBy: ["available_times"],
  version: 1,
  watched: {
    "account.name": text("Of the account."),
    "account.subdomain": text("The part of its address that no other account has."),
    "account.country_code": text("ISO 3166-1: `AU`."),
    "account.currency_symbol": text("Before every amount."),
    "account.time_zone_support": boolean("Whether its places may lie in several time zones."),
    "account.has_time_travelers": boolean(
      "Whether some of its users are in other time zones than its places.",
    ),
    "account.email_from": sensitive(text("What its e-mails come from. Not among those for everybody.")),
    "account.first_name": sensitive(text("Of the account's owner. Not among those for everybody.")),
    "account.last_name": sensitive(text("Of the account's owner. Not among those for everybody.")),
    "account.compliance.has_hipaa_compliance_conflicts": boolean("Not among those for everybody."),
    "account.compliance.hipaa_compliance-conflict_messages": json("Not among those for everybody."),
    "calendar.start_hour": integer("The first hour that the calendar shows."),
    "calendar.end_hour": integer("The last one."),
    "calendar.timeslot_size_in_minutes": integer("Of a row of the calendar."),
    "calendar.multiple_appointments_gap": boolean("Whether there is room beside what is booked at one time."),
    "online_bookings.enabled": boolean("Whether patients may book online."),
    "online_bookings.allow_bookings_days_in_advance": integer("How far ahead."),
    "online_bookings.allow_online_bookings_time_zone_choice": boolean("Whether they choose their time zone."),
    "online_bookings.booking_reservation_minutes": integer(
      "How long a time is held while somebody books it.",
    ),
    "online_bookings.calendar_info": text("What is said beside the calendar."),
    "online_bookings.daily_bookings_limit": integer("How many one patient may book in a day."),
    "online_bookings.disabled_text": text("What is said while nobody may book."),
    "online_bookings.disabled_title": text("Its heading."),
    "online_bookings.max_appointments_per_day_segment": integer("How many times of a morning are offered."),
    "online_bookings.min_hours_advance_required_to_book": integer("How soon the first one is."),
    "online_bookings.min_hours_notice_for_patient_cancellation": integer("Until when they may cancel."),
    "online_bookings.notice_enabled": boolean("Whether something is said to who books."),
    "online_bookings.notice_text": text("What."),
    "online_bookings.notice_title": text("Its heading."),
    "online_bookings.notify_practitioner_by_email": boolean("Of what was booked online."),
    "online_bookings.notify_practitioner_by_sms": boolean("The same."),
    "online_bookings.policy": text("What who books agrees to."),
    "online_bookings.practitioner_order": json(
      "Ids of practitioners, in the order in which they are offered.",
    ),
    "online_bookings.privacy_policy_url": text("Where it is read."),
    "online_bookings.require_patient_address": boolean("Whether who books says where they live."),
    "online_bookings.show_appointment_duration": boolean("Whether it is said how long it takes."),
    "online_bookings.show_prices": boolean("Whether it is said what it costs."),
    "online_bookings.adroll.advertiser_id": text("Not among those for everybody."),
    "online_bookings.adroll.pixel_id": text("Not among those for everybody."),
    "online_bookings.google_analytics.tracking_id": text("Not among those for everybody."),
    "online_bookings.google_tag_manager.container_id": text("Not among those for everybody."),
    "online_payments.activated": boolean("Whether patients may pay online."),
    patient_custom_fields_definition: openStructure(
      "The fields that the clinic added to its patients; null: none.",
      () => definitionSchema,
    ),
    "patient_privacy.requires_hipaa_compliance": boolean("Whether the rules of the United States are kept."),
    "patient_privacy.browser_title_name_format": text(NAME_FORMS),
    "patient_privacy.ical_patient_name_option": text(NAME_FORMS),
    "patient_privacy.prevent_sending_financial_data_by_email": boolean("Whether no amount is sent."),
    "patient_privacy.anonymise_appointments_on_deletion": boolean(
      "Whether a deleted patient's appointments stay, without the name. Not among those for everybody.",
    ),
    "patient_privacy.anonymise_invoices_and_payments_on_deletion": boolean(
      "The same of invoices and payments. Not among those for everybody.",
    ),
    "patient_privacy.anonymise_booking_notifications": boolean("Not among those for everybody."),
    "patient_privacy.baa_requested": boolean("Not among those for everybody."),
    "reminders.default_reminder_type": text("`None`, `SMS`, `Email` or `SMS & Email`."),
    "sms.alphanumeric_source_number_required": boolean("Whether a name must be sent from."),
    "sms.default_alphanumeric_source_number": text("That name."),
    "sms.max_message_length": integer("In characters; null: as long as may be."),
    "sms.number_of_usable_characters_per_message": integer("Of those."),
    "sms.replies_supported": boolean("Whether they can be answered."),
    "terminology.patient": text("What patients are called: `patient` or `client`."),
    "terminology.titles": json("The titles that a person may have."),
    "integrations.mail_chimp.enabled": boolean("Whether Mailchimp is connected."),
    "integrations.xero.enabled": boolean("Whether Xero is connected."),
    "integrations.medipass.enabled": boolean("Whether Medipass is. Not among those for everybody."),
    "wait_list.default_wait_list_expiry_period": integer("How long somebody waits on the list."),
  },
  noise: {
    "account.id": text("Another id is another account, whose data is not reported."),
    "account.country": text("The name beside `country_code`."),
    "calendar.timeslot_height_in_pixels": integer("How it looks."),
    "calendar.show_current_time_indicator": boolean("How it looks."),
    "documents_and_printing.logo_height": integer("How it looks."),
  },
  // They may be signed addresses.
  secret: ["documents_and_printing.logo_url", "online_bookings.logo_url"],
  rules: [
    becomes("online_bookings.enabled", {
      online_bookings_enabled: {
        title: "Online bookings switched on",
        when: "`online_bookings.enabled` became true",
        to: [true],
        from: [false],
      },
      online_bookings_disabled: {
        title: "Online bookings switched off",
        when: "`online_bookings.enabled` became false",
        to: [false],
        from: [true],
      },
    }),
    differs(
      [
        "custom_fields_changed",
        {
          title: "Custom fields of patients changed",
          when: "the clinic changed the fields that it added to its patients",
        },
      ],
      {
        columns: ["patient_custom_fields_definition"],
        example: () => ({
          after: {
            patient_custom_fields_definition: {
              sections: [
                {
                  name: "Sport",
                  token: "ef4c43ec-105d-489c-88cc-0f3c5f67dc70",
                  archived: false,
                  fields: [{ name: "Club", type: "text", archived: false }],
                },
              ],
            },
          },
        }),
      },
    ),
  ],
  events: {
    updated: {
      notWhen: "a section is missing: what a user may not see is not cleared",
    },
  },
  sample: {
    id: "account",
    created_at: "2026-10-01T00:04:10Z",
    "account.id": "1085025583890432000",
    "account.name": "Northside Practice",
    "account.subdomain": "northside-practice",
    "account.country": "Australia",
    "account.country_code": "AU",
    "account.currency_symbol": "$",
    "account.time_zone_support": true,
    "account.has_time_travelers": false,
    "calendar.start_hour": 8,
    "calendar.end_hour": 18,
    "calendar.timeslot_size_in_minutes": 15,
    "online_bookings.enabled": true,
    "online_bookings.allow_bookings_days_in_advance": 84,
    "online_bookings.booking_reservation_minutes": 10,
    "online_bookings.min_hours_advance_required_to_book": 2,
    patient_custom_fields_definition: null,
    "terminology.patient": "patient",
  },
  examples: { updated: { after: { "online_bookings.allow_bookings_days_in_advance": 28 } } },
});

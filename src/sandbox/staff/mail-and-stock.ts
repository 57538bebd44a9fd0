import type { TableName } from "../tables/tables.ts";
import { type ActReport, type Reception, activePatients, pickOne } from "./reception.ts";

/** Out of so many messages one is to everybody. */
const BULK_SHARE = 0.04;
const MAIL = { direction_code: 1, category_code: 15, type_code: 2 } as const;
const MESSAGES = [
  {
    direction_code: 1,
    category_code: 1,
    type_code: 1,
    content: "See you tomorrow",
    what: "a reminder goes out",
  },
  { direction_code: 1, category_code: 7, type_code: 1, content: "We run late", what: "a text goes out" },
  { direction_code: 2, category_code: 8, type_code: 1, content: "On my way", what: "a reply comes in" },
  { direction_code: null, category_code: 12, type_code: 3, content: "Rang twice", what: "a memo is written" },
] as const;

/** So few are not given up. */
const FEW_SERVICES = 3;

/** What somebody sends or hears, one patient's as a rule; once in a while everybody's. */
function correspond(reception: Reception): ActReport | undefined {
  const { clinic, random } = reception;
  const messages = clinic.desk.of("communications");
  const patients = activePatients(reception);
  if (random.chance(BULK_SHARE)) {
    const recordIds = patients.map(({ id }) =>
      messages.create({ ...MAIL, content_subject: "We move", content: "To Sample Street", patient_id: id }),
    );
    return { recordIds, line: `office: a bulk e-mail to ${recordIds.length} patients` };
  }
  const patient = pickOne(reception, patients);
  if (patient === undefined) return undefined;
  const { what, ...message } = random.pick(MESSAGES);
  return { recordIds: [messages.create({ ...message, patient_id: patient.id })], line: `office: ${what}` };
}

/** Something is sold; what is sold out is ordered. */
function moveStock(reception: Reception): ActReport | undefined {
  const { desk } = reception.clinic;
  const stocked = desk
    .of("products")
    .rows()
    .filter(({ id, stock_level }) => stock_level !== null && reception.isQuiet(id));
  const product = pickOne(reception, stocked);
  if (product === undefined) return undefined;
  const isThere = Number(product.stock_level) > 0;
  const moved = isThere
    ? ({
        adjustment_type: "Item Sold",
        quantity: `-${Math.ceil(Number(product.stock_level) / 2)}.0`,
      } as const)
    : ({ adjustment_type: "Stock Purchase", quantity: "12.0" } as const);
  const id = desk.of("stock_adjustments").create({ ...moved, product_id: product.id });
  return {
    recordIds: [id, product.id],
    line: `office: ${isThere ? "sold" : "ordered"} ${product.name} …${product.id.slice(-4)}`,
  };
}

/** An invoice is edited: a line gives way to another one. */
function replaceLine(reception: Reception): ActReport | undefined {
  const lines = reception.clinic.desk.of("invoice_items");
  const open = lines.rows().filter(({ id, archived_at }) => archived_at === null && reception.isQuiet(id));
  const line = pickOne(reception, open);
  if (line === undefined) return undefined;
  lines.perform(line.id, "archive");
  const id = lines.create({
    ...line,
    archived_at: null,
    deleted_at: null,
    quantity: "2.0",
    net_price: "160.00",
  });
  return {
    recordIds: [line.id, id],
    line: `office: a line of invoice …${line.invoice_id.slice(-4)} is replaced`,
  };
}

/** The new year's prices. */
function raisePrices(reception: Reception): ActReport | undefined {
  const items = reception.clinic.desk.of("billable_items");
  const open = items.rows().filter(({ id, archived_at }) => archived_at === null && reception.isQuiet(id));
  if (open.length === 0) return undefined;
  for (const { id, price } of open) items.change(id, { price: (Number(price) + 2).toFixed(2) });
  return {
    recordIds: open.map(({ id }) => id),
    line: `office: the price list is edited, ${open.length} items`,
  };
}

/** A service is handed over, given up, or taken up where nobody offered it. */
function offerServices(reception: Reception): ActReport | undefined {
  const { clinic, random } = reception;
  const desk = clinic.desk.of("services");
  const service = pickOne(
    reception,
    desk.rows().filter(({ id }) => reception.isQuiet(id)),
  );
  const practitioner = pickOne(reception, clinic.desk.practitioners());
  if (service === undefined || practitioner === undefined) return undefined;
  const practitioner_ids = [practitioner.id];
  switch (random.integer(0, 2)) {
    case 0: {
      const id = desk.create({ ...service, practitioner_ids });
      return { recordIds: [id], line: "office: a service is offered in one place more" };
    }
    case 1: {
      if (desk.rows().length < FEW_SERVICES) return undefined;
      desk.remove(service.id);
      return { recordIds: [service.id], line: "office: a service is withdrawn" };
    }
    default:
      if (!desk.change(service.id, { practitioner_ids })) return undefined;
      return { recordIds: [service.id], line: "office: a service is handed over" };
  }
}

/** The owner of the clinic changes how patients book, or what is asked of them. */
function changeSettings({ clinic, isQuiet, random }: Reception): ActReport | undefined {
  const desk = clinic.desk.of("settings");
  const [settings] = desk.rows().filter(({ id }) => isQuiet(id));
  if (!settings) return undefined;
  const changes = random.pick([
    { "online_bookings.allow_bookings_days_in_advance": random.pick([28, 84, 182, 365]) },
    { "online_bookings.policy": `Please come ${random.integer(5, 15)} minutes early.` },
    { "account.email_from": `desk${random.integer(1, 99)}@example.com` },
    { patient_custom_fields_definition: customFields(random.integer(1, 5)) },
  ]);
  if (!desk.change(settings.id, changes)) return undefined;
  return { recordIds: [settings.id], line: "office: the settings are changed" };
}

function customFields(count: number): object {
  const fields = Array.from({ length: count }, (_, index) => ({
    name: `Question ${index + 1}`,
    type: "text",
    archived: false,
  }));
  return { sections: [{ name: "Sport", token: "ef4c43ec-105d-489c-88cc-0f3c5f67dc70", fields }] };
}

/** What a day brings about in these cabinets besides what their tables say can happen to one record. */
export const OWN_WORK: Partial<Readonly<Record<TableName, (reception: Reception) => ActReport | undefined>>> =
  {
    communications: correspond,
    stock_adjustments: moveStock,
    invoice_items: replaceLine,
    billable_items: raisePrices,
    services: offerServices,
    settings: changeSettings,
  };

import { z } from "zod";

/** Of notes and forms: kinds of questions are added without notice, and pass. */
export const answersSchema = z
  .looseObject({
    sections: z.exactOptional(
      z.array(
        z.looseObject({
          name: z.exactOptional(z.string().nullable()),
          questions: z.exactOptional(z.array(z.looseObject({}))),
        }),
      ),
    ),
  })
  .meta({ id: "Answers", description: "Sections of questions, with their answers." });

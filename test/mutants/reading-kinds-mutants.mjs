import { fromNowOnMutants } from "./from-now-on-mutants.mjs";
import { offerMutants } from "./offer-mutants.mjs";
import { setsMutants } from "./sets-mutants.mjs";
import { singleMutants } from "./single-mutants.mjs";

/** Of what is no list of records that change. */
export const readingKindsMutants = [...setsMutants, ...singleMutants, ...offerMutants, ...fromNowOnMutants];

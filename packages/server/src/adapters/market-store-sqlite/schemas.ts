import type { FileSchema } from '../sqlite/file-schema.ts';
import { HOT_STEPS } from './hot-file.ts';
import { addFigureColumns } from './main/figure-columns.ts';
import { MAIN_STEPS } from './main/main-schema.ts';

/** "DSms". */
const APPLICATION_ID = 0x44_53_6d_73;

export const MAIN_SCHEMA: FileSchema = {
  steps: MAIN_STEPS,
  complete: addFigureColumns,
  applicationId: APPLICATION_ID,
  keepsCopy: true,
};

/** No copies: a folder may hold hundreds of days, each large. Their steps are one transaction, as everywhere. */
export const HOT_SCHEMA: FileSchema = { steps: HOT_STEPS, applicationId: APPLICATION_ID, keepsCopy: false };

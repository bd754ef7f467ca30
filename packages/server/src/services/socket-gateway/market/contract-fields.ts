import { type ColumnName, DELTA_FIELDS, type DeltaField, SIDES, type Side } from '@deltastream/contracts';

/** A field of a contract's row and the column it is read from. */
export interface ContractField {
  readonly side: Side;
  readonly field: DeltaField;
  readonly source: ColumnName;
}

const sourceOf = (side: Side, field: DeltaField): ColumnName => {
  if (field === 'last_price') return `${side}_last`;
  return field === 'mark_price' ? `${side}_mark` : `${side}_${field}`;
};

/** Every field of both contracts of a strike. */
export const CONTRACT_FIELDS: readonly ContractField[] = SIDES.flatMap((side) =>
  DELTA_FIELDS.map((field) => ({ side, field, source: sourceOf(side, field) })),
);

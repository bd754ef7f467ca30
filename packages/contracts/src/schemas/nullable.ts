import Type from 'typebox';

/** A value, or null where it cannot be given. */
export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const NullableNumber = nullable(Type.Number());

export const NullReasons = Type.Record(Type.String(), Type.String(), {
  description: 'Why a figure is null, by the name of the figure',
});

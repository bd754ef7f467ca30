import Type from 'typebox';
import { nullable } from '../schemas/nullable.ts';
import type { Figure, FigureValue } from './figure.ts';

type NullableNumber = Type.TUnion<[Type.TNumber, Type.TNull]>;

type NullableText = Type.TUnion<[Type.TString, Type.TNull]>;

type ValueSchema<Value extends FigureValue> = Value extends 'nullable'
  ? NullableNumber
  : Value extends 'number'
    ? Type.TNumber
    : Value extends 'integer'
      ? Type.TInteger
      : Value extends 'numbers'
        ? Type.TArray<Type.TNumber>
        : Value extends 'instant'
          ? NullableText
          : never;

type SchemaOf<Each extends Figure> = Each['value'] extends readonly (infer Name extends string)[]
  ? Each['nullWhen'] extends null
    ? Type.TEnum<Name[]>
    : Type.TUnion<[Type.TEnum<Name[]>, Type.TNull]>
  : ValueSchema<Each['value']>;

export type FigureProperties<Figures extends Readonly<Record<string, Figure>>> = {
  -readonly [Name in keyof Figures]: SchemaOf<Figures[Name]>;
};

/** The properties of an object that holds these figures, each with its unit in the description. */
export function figureProperties<const Figures extends Readonly<Record<string, Figure>>>(
  figures: Figures,
): FigureProperties<Figures> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [name, schemaOf(figure)]),
  ) as FigureProperties<Figures>;
}

function schemaOf({ value, description, unit, nullWhen }: Figure): Type.TSchema {
  const options = { description: `${description}; ${unit}` };
  switch (value) {
    case 'nullable':
      return nullable(Type.Number(options));
    case 'number':
      return Type.Number(options);
    case 'integer':
      return Type.Integer({ ...options, minimum: 0 });
    case 'numbers':
      return Type.Array(Type.Number(), options);
    case 'instant':
      return nullable(Type.String({ ...options, format: 'date-time' }));
    default: {
      const names = Type.Enum([...value], { description });
      return nullWhen === null ? names : nullable(names);
    }
  }
}

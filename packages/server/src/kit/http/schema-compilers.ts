import { createRequire } from 'node:module';
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler';
import type { SerializerFactory } from '@fastify/fast-json-stringify-compiler';

/** For libraries that many processes do not need: who is asked for nothing but its health has no schema. */
const load = createRequire(import.meta.url);

type Serializer = ReturnType<ReturnType<SerializerFactory>>;
type ValidatorCompiler = ReturnType<BuildCompilerFromPool>;
type Validator = ReturnType<ValidatorCompiler>;

const VALIDATION = { removeAdditional: false, useDefaults: true } as const;

/**
 * Validators of requests. A JSON body says of what type its values are, and none of them is taken for another.
 * Of an address everything is text, read as the type its schema asks for; a number too large to be one exceeds
 * every maximum. One is compiled by the first request to its route: a process declares hundreds and uses few.
 */
export const buildValidator: BuildCompilerFromPool = (schemas, given) => {
  const compilerWith = (own: object) =>
    once((): ValidatorCompiler => {
      const { AjvCompiler } = load('@fastify/ajv-compiler') as typeof import('@fastify/ajv-compiler');
      return AjvCompiler()(schemas, {
        onCreate: given?.onCreate,
        plugins: given?.plugins ?? [],
        customOptions: { ...VALIDATION, ...own },
      });
    });
  const ofBodies = compilerWith({ coerceTypes: false });
  const ofAddresses = compilerWith({ coerceTypes: 'array', strictNumbers: false });
  return (part) => {
    const compiler = (part as { httpPart?: string }).httpPart === 'body' ? ofBodies : ofAddresses;
    return compiledAtFirst(() => compiler()(part));
  };
};

function compiledAtFirst(compile: () => Validator): Validator {
  const compiled = once(compile);
  const validate = ((data: unknown) => {
    const validator = compiled();
    const isValid = validator(data);
    // Where Fastify looks for what is wrong.
    validate.errors = validator.errors;
    return isValid;
  }) as Validator;
  return validate;
}

/**
 * Serializers of responses. One is compiled by the first response that has its schema, for all routes and statuses that
 * share it: a process declares hundreds, of which those for problem documents write nothing, and uses few.
 */
export const buildSerializer: SerializerFactory = (schemas, options) => {
  const compile = once(() => {
    const { SerializerSelector } = load(
      '@fastify/fast-json-stringify-compiler',
    ) as typeof import('@fastify/fast-json-stringify-compiler');
    return SerializerSelector()(schemas, options);
  });
  const known = new WeakMap<object, Serializer>();
  return (part) => {
    const found = known.get(part.schema as object);
    if (found !== undefined) return found;
    const compiled = once(() => compile()(part));
    const serialize = (value: unknown) => compiled()(value);
    known.set(part.schema as object, serialize);
    return serialize;
  };
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

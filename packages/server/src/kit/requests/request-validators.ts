import AjvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler';

const OPTIONS = { removeAdditional: false, useDefaults: true } as const;

/**
 * Validators of requests. A JSON body says of what type its values are, and none of them is taken for another.
 * Of an address everything is text, read as the type its schema asks for; a number too large to be one exceeds
 * every maximum.
 */
export function createRequestValidators(): BuildCompilerFromPool {
  const ofBodies = AjvCompiler();
  const ofAddresses = AjvCompiler();
  return (schemas, given) => {
    const options = (own: object) => ({
      onCreate: given?.onCreate,
      plugins: given?.plugins ?? [],
      customOptions: { ...OPTIONS, ...own },
    });
    const typed = ofBodies(schemas, options({ coerceTypes: false }));
    const text = ofAddresses(schemas, options({ coerceTypes: 'array', strictNumbers: false }));
    return (part) => ((part as { httpPart?: string }).httpPart === 'body' ? typed(part) : text(part));
  };
}

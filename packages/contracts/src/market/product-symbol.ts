/** A product as listed by its exchange; beside the schemas, so that a browser has it without them. */
export const PRODUCT_SYMBOL = /^[A-Z0-9][A-Z0-9._&-]{0,23}$/;

import { useBundledTypebox } from '../packages/server/bin/bundled-typebox.mjs';

/** Given to Node by `--import`: a process or thread of a suite loads TypeBox as the product does. */
useBundledTypebox();

import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CLIENT = fileURLToPath(new URL('./client.ts', import.meta.url));

export interface SampledRooms {
  readonly products: readonly string[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Latencies in microseconds of what a Socket.IO client in a process of its own received after its warm-up. */
export async function clientSamples(
  url: string,
  { products, warmUpMs, measureMs }: SampledRooms,
): Promise<number[]> {
  const args = [CLIENT, url, products.join(','), String(warmUpMs), String(measureMs)];
  const { stdout } = await promisify(execFile)(execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

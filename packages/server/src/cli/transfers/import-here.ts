import { once } from 'node:events';
import { basename } from 'node:path';
import process, { stderr, stdout } from 'node:process';
import type { ImportProgress } from '@deltastream/contracts';
import { openPort } from '../../adapters.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { RECORDINGS } from '../../kit/recordings/recording-settings.ts';
import { openRecording } from '../../kit/recordings/recordings.ts';
import { recordedAt, recordedExpiry } from '../../services/feed/source-settings.ts';
import { createPreview } from '../../services/operations/imports/import-preview.ts';
import { importRecording } from '../../services/operations/imports/import-recording.ts';
import { IMPORTS } from '../../services/operations/imports/import-settings.ts';
import { TRANSFERS } from '../../services/operations/transfers/transfer-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { useReferenceFile } from '../../settings/reference-file.ts';
import { createProgressBar } from '../progress-bar.ts';
import { previewText } from './import-lines.ts';

/** Dry runs in this process, compared with the store of the settings, which is only read. */
export async function importHere(settings: Settings, files: readonly string[]): Promise<void> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) void once(process, name).then(() => stopping.abort());
  const restore = await useReferenceFile(settings.reference);
  const store = await openPort('marketReader', settings);
  const bus = await openPort('bus', { ...settings, bus: 'memory:' });
  const limits = { ...TRANSFERS.of(settings), ...IMPORTS.of(settings) };
  const said = {
    recordedAt: recordedAt(settings),
    product: settings.recordedProduct,
    expiry: recordedExpiry(settings),
  };
  try {
    for (const path of files) {
      const bar = createProgressBar(stderr);
      let last: ImportProgress | null = null;
      const show = async (progress: ImportProgress) => {
        last = progress;
        bar.update(progress.total ? progress.position / progress.total : 0, `${progress.chains} chains`);
      };
      const open = () =>
        openRecording(path, { ...said, limits: RECORDINGS.of(settings), signal: stopping.signal });
      const preview = createPreview(store, limits.previewProducts);
      await importRecording(
        { bus, store, logger: silentLogger, open, preview },
        show,
        stopping.signal,
        limits,
      ).finally(() => bar.stop());
      const progress = last as ImportProgress | null;
      if (progress?.preview) stdout.write(previewText(basename(path), progress.preview, progress));
    }
  } finally {
    await bus.close();
    await store.close();
    restore();
  }
}

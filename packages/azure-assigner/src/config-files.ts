import { watch, type FSWatcher } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ConfigFiles } from './cloud-config-file.js';

/**
 * The file system's files. Watched are the folder that holds the name and the folder that holds what it leads to:
 * a file is replaced by renaming another over it, or by swapping a symbolic link on the way.
 */
export const configFiles: ConfigFiles = {
  read: (path) => readFile(path, 'utf8'),
  watch(path, onChange) {
    const watchers = new Map<string, FSWatcher>();
    let ended = false;
    const close = (folder: string): void => {
      watchers.get(folder)?.close();
      watchers.delete(folder);
    };
    const open = (folder: string): boolean => {
      if (ended || watchers.has(folder)) return false;
      try {
        const watcher = watch(folder, changed);
        watcher.on('error', () => close(folder));
        watcher.unref();
        watchers.set(folder, watcher);
        return true;
      } catch {
        // Without a watch (no such folder yet, no more inotify handles) the regular look finds the change.
        return false;
      }
    };
    const follow = async (): Promise<void> => {
      const real = await realpath(path).catch(() => path);
      const wanted = new Set([dirname(path), dirname(real)]);
      for (const folder of watchers.keys()) if (!wanted.has(folder)) close(folder);
      // What changed before a folder was watched, nobody told of.
      if ([...wanted].filter(open).length > 0) onChange();
    };
    const changed = (): void => {
      onChange();
      void follow();
    };
    void follow();
    return () => {
      ended = true;
      for (const folder of [...watchers.keys()]) close(folder);
    };
  },
};

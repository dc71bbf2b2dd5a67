import type { UploadRecord } from './upload-item.svelte';

const RECORDS = 'records';
const FILES = 'files';

/** The queue in the browser's database: what is known of each file, and copies of those that are still to be sent. */
export class UploadStore {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  /** @throws when the browser has no database for this page, as in some private windows */
  static async open(name = 'traum-uploads'): Promise<UploadStore> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS, { keyPath: 'id' });
      request.result.createObjectStore(FILES);
    };
    return new UploadStore(await answer(request));
  }

  /** In the order in which they were added. */
  async all(): Promise<{ record: UploadRecord; file: File | null }[]> {
    const transaction = this.#db.transaction([RECORDS, FILES]);
    const records = answer(transaction.objectStore(RECORDS).getAll() as IDBRequest<UploadRecord[]>);
    const files = transaction.objectStore(FILES);
    const [keys, kept] = await Promise.all([answer(files.getAllKeys()), answer<unknown[]>(files.getAll())]);
    const byId = new Map(keys.map((key, i) => [key, kept[i]]));
    return (await records).map((record) => {
      const file = byId.get(record.id);
      return { record, file: file instanceof File ? file : null };
    });
  }

  /** Writes these records, and deletes the copies of the files that need none any more. */
  save(records: readonly UploadRecord[], release: readonly number[]): Promise<void> {
    return this.#write((stores) => {
      for (const record of records) stores.records.put(record);
      for (const id of release) stores.files.delete(id);
    });
  }

  /** Copies a file. @throws when the browser gives no more room, or the file cannot be read */
  keep(id: number, file: File): Promise<void> {
    return this.#write(({ files }) => void files.put(file, id));
  }

  forget(ids: readonly number[]): Promise<void> {
    return this.#write((stores) => {
      for (const id of ids) {
        stores.records.delete(id);
        stores.files.delete(id);
      }
    });
  }

  #write(change: (stores: { records: IDBObjectStore; files: IDBObjectStore }) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.#db.transaction([RECORDS, FILES], 'readwrite');
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the database gave up'));
      change({ records: transaction.objectStore(RECORDS), files: transaction.objectStore(FILES) });
    });
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database does not answer'));
  });
}

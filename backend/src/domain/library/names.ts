/** The ending of a file's name in lower case, without its dot; empty where it has none. */
export const extensionOf = (filename: string): string => /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? '';

/** What people see as the name of a sound. */
export const soundNameOf = ({ title, filename }: { title: string | null; filename: string }): string =>
  title?.trim() || stemOf(filename) || filename;

export const stemOf = (filename: string): string => filename.replace(/\.[a-z0-9]{1,8}$/i, '');

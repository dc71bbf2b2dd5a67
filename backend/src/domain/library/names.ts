/** The ending of a file's name in lower case, without its dot; empty where it has none. */
export const extensionOf = (filename: string): string => /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? '';

export const stemOf = (filename: string): string => filename.replace(/\.[a-z0-9]{1,8}$/i, '');

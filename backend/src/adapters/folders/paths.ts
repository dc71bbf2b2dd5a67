import path from 'node:path';

export const isInside = (root: string, wanted: string): boolean => {
  const relative = path.relative(root, wanted);
  return relative === '' || (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative));
};

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

export const LEADS_OUT = 'This link leads out of the folders that IMPORT_DIRS allows.';

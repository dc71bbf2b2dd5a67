import path from 'node:path';
import { because } from '../../domain/reasons.js';

export const isInside = (root: string, wanted: string): boolean => {
  const relative = path.relative(root, wanted);
  return relative === '' || (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative));
};

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

export const LEADS_OUT = because('link_leads_out');
export const OUT_OF_FOLDER = because('link_leads_out_of_folder');

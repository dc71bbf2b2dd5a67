/**
 * Has glibc give large blocks back to the system as soon as they are free, from one arena for all threads: what a model took is gone
 * once it is unloaded, instead of staying with the process for good. Set before a process starts or never: `npm start`, containers and
 * units have the same. Other systems do not read it.
 */
export const RETURN_MEMORY = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '1048576',
};

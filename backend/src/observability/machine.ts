import os from 'node:os';

/** The computer as of now; see `MachineState` in domain/analytics. */
export interface MachineReading {
  cpuCount: number;
  /** 0..1 of all cores since the last reading. */
  cpuUse: number;
  memoryBytes: number;
  memoryFreeBytes: number;
  processMemoryBytes: number;
}

/** Returns a function that reads the machine's load; each reading covers the time since the one before. */
export function createMachineReader(): () => MachineReading {
  let before = cpuTimes();
  let cpuUse = 0;
  return () => {
    const now = cpuTimes();
    const total = now.total - before.total;
    // Two readings within one clock tick have nothing new to say.
    if (total > 0) {
      cpuUse = 1 - (now.idle - before.idle) / total;
      before = now;
    }
    return {
      cpuCount: os.cpus().length,
      cpuUse,
      memoryBytes: os.totalmem(),
      memoryFreeBytes: os.freemem(),
      processMemoryBytes: process.memoryUsage.rss(),
    };
  };
}

function cpuTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

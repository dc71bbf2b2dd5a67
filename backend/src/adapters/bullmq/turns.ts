import type { Flow } from '../../domain/ingest/ingest.ports.js';
import { prefixOf, type RedisClient, type RedisConnection } from './connection.js';

/** Jobs of one flow that count as one turn: among these the shorter go first. */
const ROUND = 8;
/** Of whoever adds more than so many without a pause, the rest is a batch. */
const FIRST = 8;
const PAUSE_S = 15;
/** Classes of length within a turn. */
const CLASSES = 8;
/** The last priority that BullMQ knows. */
export const LAST_PRIORITY = 2 ** 21 - 1;
const MOST_TURNS = Math.floor(LAST_PRIORITY / CLASSES) - 1;

/**
 * Where a job of a flow begins (start-time fair queueing): after the last one of its flow, but not before those that are taken now.
 */
const BEGIN = `
  local flow = ARGV[1]
  if ARGV[2] == '0' then
    local added = redis.call('INCR', KEYS[2])
    redis.call('EXPIRE', KEYS[2], ${PAUSE_S})
    if added > ${FIRST} then flow = flow .. ' batch' end
  else
    flow = flow .. ' batch'
  end
  local now = tonumber(redis.call('HGET', KEYS[1], 'now') or '0')
  local own = tonumber(redis.call('HGET', KEYS[1], flow) or '0')
  local place = math.max(now, own)
  redis.call('HSET', KEYS[1], flow, place + 1)
  return place`;

/** When the last one that waited is taken, all begin anew. */
const REACH = `
  if redis.call('ZCARD', KEYS[2]) == 0 then
    redis.call('DEL', KEYS[1])
  elseif tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'now') or '0') then
    redis.call('HSET', KEYS[1], 'now', ARGV[1])
  end`;

interface Asked {
  queue: string;
  flow: Flow;
}

const turnsKey = (connection: RedisConnection, queue: string): string => `${prefixOf(connection)}:turns:${queue}`;

/**
 * Turns of all owners: everyone's next job is taken before anybody's one after that, so that tens of thousands of one person keep
 * nobody waiting. A batch has turns of its own beside those of what its owner adds otherwise.
 * @returns the turn of each, from 0. @throws what Redis says
 */
export async function turnsOf(
  redis: RedisClient,
  connection: RedisConnection,
  asked: readonly Asked[],
): Promise<number[]> {
  const pipeline = redis.pipeline();
  const prefix = prefixOf(connection);
  for (const { queue, flow } of asked) {
    // Names of accounts are ids; none of them has a space.
    const keys = [turnsKey(connection, queue), `${prefix}:burst:${flow.owner}`];
    pipeline.eval(BEGIN, keys.length, ...keys, `of ${flow.owner}`, flow.batch ? '1' : '0');
  }
  const answers = (await pipeline.exec()) ?? [];
  const failure = answers.find(([error]) => error)?.[0];
  if (failure) throw failure;
  return answers.map(([, place]) => Math.floor(Number(place) / ROUND));
}

/** @param length class of the length, from 0 */
export const priorityOf = (turn: number, length: number): number => Math.min(turn, MOST_TURNS) * CLASSES + length + 1;

/** Tells that a job with this priority was taken: whoever comes now begins here. */
export async function reach(
  redis: RedisClient,
  connection: RedisConnection,
  { queue, priority }: { queue: string; priority: number },
): Promise<void> {
  if (priority >= LAST_PRIORITY) return;
  const turn = Math.floor((priority - 1) / CLASSES);
  const keys = [turnsKey(connection, queue), `${prefixOf(connection)}:${queue}:prioritized`];
  await redis.eval(REACH, keys.length, ...keys, turn * ROUND);
}

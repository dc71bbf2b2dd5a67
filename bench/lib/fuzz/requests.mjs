const TEXTS = [
  '',
  ' ',
  'rain',
  '-',
  '"',
  "'; DROP TABLE sounds; --",
  '../../etc/passwd',
  '%00',
  '\u0000',
  '𝄞🎹',
  'a'.repeat(6000),
  'like:x@1-2 -tag:"" bpm:-- ^^',
  'rain without thunder then dog | cat',
  'null',
  '[]',
  '\u202e\u200d',
  '9'.repeat(40),
];
const NUMBERS = [0, 1, -1, 2, 0.5, 1e9, -1e9, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, 20];

/**
 * Makes up requests from the API's own description: every operation, with values that fit and values that do not.
 * @param {object} openapi
 * @param {string[]} sounds ids that exist
 * @param {() => number} random 0..1
 * @returns {() => { what: string, path: string, init: RequestInit }}
 */
export function requestsOf(openapi, sounds, random) {
  const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const pick = (list) => list[Math.floor(random() * list.length)];
  const resolved = (schema) =>
    schema?.$ref
      ? resolved(
          schema.$ref
            .split('/')
            .slice(1)
            .reduce((at, name) => at[name], openapi),
        )
      : (schema ?? {});

  const valueOf = (given, depth = 0) => {
    const schema = resolved(given);
    if (random() < 0.15) return pick([...TEXTS, ...NUMBERS, null, true, [], {}]);
    if (schema.enum) return pick(schema.enum);
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return valueOf(pick(either), depth);
    const type = [schema.type].flat()[0];
    if (type === 'array')
      return depth > 4 ? [] : Array.from({ length: Math.floor(random() * 4) }, () => valueOf(schema.items, depth + 1));
    if (type === 'object' || schema.properties) {
      const names = Object.keys(schema.properties ?? {});
      const required = schema.required ?? [];
      const chosen = depth > 4 ? [] : names.filter((name) => required.includes(name) || random() < 0.5);
      return Object.fromEntries(chosen.map((name) => [name, valueOf(schema.properties[name], depth + 1)]));
    }
    if (type === 'integer' || type === 'number') return pick(NUMBERS);
    if (type === 'boolean') return random() < 0.5;
    return random() < 0.3 && sounds.length > 0 ? pick(sounds) : pick(TEXTS);
  };
  const inPath = (value) => encodeURIComponent(String(value)) || '_';

  return () => {
    const { path, method, operation } = pick(operations);
    const query = new URLSearchParams();
    let address = path;
    for (const one of (operation.parameters ?? []).map(resolved)) {
      const value = one.in === 'path' && random() < 0.6 && sounds.length > 0 ? pick(sounds) : valueOf(one.schema);
      if (one.in === 'path') address = address.replace(`{${one.name}}`, inPath(value));
      else if (one.in === 'query' && (one.required || random() < 0.6)) query.set(one.name, String(value));
    }
    const init = { method, headers: {} };
    const content = operation.requestBody?.content ?? {};
    const json = content['application/json'];
    if (json && random() < 0.95) {
      init.headers['content-type'] = random() < 0.95 ? 'application/json' : 'text/plain';
      init.body =
        random() < 0.9 ? JSON.stringify(valueOf(json.schema)) : pick(['', '{', 'null', '[[[[', '{"a":1e999}']);
    } else if (content['multipart/form-data'] && random() < 0.95) {
      const form = new FormData();
      form.append(
        pick(['files', 'audio', 'query', 'x']),
        new Blob([pick(TEXTS)]),
        pick(['a.wav', '', '../x', 'ü.flac']),
      );
      if (random() < 0.5) form.append('query', JSON.stringify(valueOf({})));
      init.body = form;
    }
    if (method === 'GET' || method === 'HEAD') delete init.body;
    const search = query.size > 0 ? `?${query}` : '';
    return { what: `${method} ${address}${search}`.slice(0, 300), path: address + search, init };
  };
}

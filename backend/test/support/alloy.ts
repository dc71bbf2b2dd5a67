/** As much of Alloy's language as our configuration has: blocks with attributes and blocks in them. Anything else throws. */
export interface Block {
  /** `loki.process "traum_engine"` is `loki.process traum_engine`. */
  name: string;
  attributes: Record<string, unknown>;
  blocks: Block[];
}

const TOKEN = /\s*(?:\/\/[^\n]*\s*)*("(?:[^"\\\n]|\\.)*"|[\w.]+|[{}[\]=,]|$)/y;

export function readAlloy(text: string): Block[] {
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const at = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new Error(`not understood: ${text.slice(at, at + 40)}`);
    if (token) tokens.push(token);
  }
  let at = 0;
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(
        `${expected ?? 'something'} expected, not ${token ?? 'the end'}: ${tokens.slice(at - 5, at).join(' ')}`,
      );
    return token;
  };
  const plain = (token: string): string => (token.startsWith('"') ? (JSON.parse(token) as string) : token);
  const value = (): unknown => {
    const token = take();
    if (token === '[') {
      const list: unknown[] = [];
      while (tokens[at] !== ']') {
        list.push(value());
        if (tokens[at] !== ']') take(',');
      }
      take(']');
      return list;
    }
    if (token === '{') {
      const map: Record<string, unknown> = {};
      while (tokens[at] !== '}') {
        const key = plain(take());
        take('=');
        map[key] = value();
        if (tokens[at] !== '}') take(',');
      }
      take('}');
      return map;
    }
    if (/^[{}[\]=,]$/.test(token)) throw new Error(`a value expected, not ${token}`);
    return plain(token);
  };
  const body = (end: string | undefined): Pick<Block, 'attributes' | 'blocks'> => {
    const found: Pick<Block, 'attributes' | 'blocks'> = { attributes: {}, blocks: [] };
    while (tokens[at] !== end) {
      const name = take();
      if (tokens[at] === '=') {
        take('=');
        found.attributes[name] = value();
        continue;
      }
      const label = tokens[at] === '{' ? '' : ` ${plain(take())}`;
      take('{');
      found.blocks.push({ name: name + label, ...body('}') });
      take('}');
    }
    return found;
  };
  return body(undefined).blocks;
}

/** What the stages of `loki.process` make of a line; null for one that is dropped. A stage that is not known here throws. */
export function processed(
  stages: readonly Block[],
  given: string,
): { line: string; labels: Record<string, string>; at: string | null } | null {
  let line = given;
  let at: string | null = null;
  let labels: Record<string, string> = { filename: '/containers/1/1-json.log' };
  const extracted: Record<string, string> = {};
  for (const { name, attributes } of stages) {
    const map = (attributes.values ?? attributes.expressions ?? {}) as Record<string, string>;
    const source = attributes.source as string | undefined;
    switch (name) {
      case 'stage.json': {
        for (const [key, path] of Object.entries(map)) {
          const found = pathOf(source === undefined ? line : extracted[source], path);
          if (found !== undefined) extracted[key] = found;
        }
        break;
      }
      case 'stage.labels':
        for (const [label, key] of Object.entries(map)) if (extracted[key]) labels[label] = extracted[key];
        break;
      case 'stage.static_labels':
        labels = { ...labels, ...map };
        break;
      case 'stage.match': {
        const [, label = '', value] = /^\{(\w+)!="([^"]*)"\}$/.exec(String(attributes.selector)) ?? [];
        if (value === undefined || attributes.action !== 'drop') throw new Error('another kind of match');
        if ((labels[label] ?? '') !== value) return null;
        break;
      }
      case 'stage.output':
        line = extracted[source!] ?? line;
        break;
      case 'stage.template': {
        const cases = [...String(attributes.template).matchAll(/if eq \.Value "(\w+)" \}\}(\w+)/g)];
        extracted[source!] = cases.find(([, value]) => value === extracted[source!])?.[2] ?? '';
        break;
      }
      case 'stage.timestamp':
        at = extracted[source!] ?? null;
        break;
      case 'stage.label_drop':
        for (const label of attributes.values as string[]) delete labels[label];
        break;
      default:
        throw new Error(`an unknown stage: ${name}`);
    }
  }
  return { line, labels, at };
}

function pathOf(text: string | undefined, path: string): string | undefined {
  try {
    let value: unknown = JSON.parse(text ?? '');
    for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

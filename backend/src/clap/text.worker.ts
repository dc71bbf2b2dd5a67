import { readFile } from 'node:fs/promises';
import { silentAudioInput } from './audio-input.js';
import type { TextCalls } from './embedder.types.js';
import { serve } from './serve.js';
import { floatTensor, integerTensor, normaliseRows, openSession, runFor } from './session.js';
import { createTokenizer } from './tokenizer.js';

await serve<TextCalls>(async ({ graph, tokenizer, words, provider, audio, text, dimension }) => {
  const tokenize = createTokenizer(JSON.parse(await readFile(tokenizer, 'utf8')) as object, {
    ...text,
    taught: words === null ? null : new Set((await readFile(words, 'utf8')).split('\n')),
  });
  const opened = await openSession(graph, provider);
  const { session } = opened;

  // In a graph that holds both towers the other one has to be fed as well: the shortest sound there is.
  const silence = silentAudioInput(audio);
  const otherFeeds = session.inputNames.includes(audio.inputName)
    ? { [audio.inputName]: floatTensor(session, audio.inputName, silence.data, silence.dims) }
    : {};

  return {
    ...opened,
    answers: {
      embed: async ({ texts }) => {
        const { ids, mask, length, known } = tokenize(texts);
        const dims = [texts.length, length];
        const feeds = { ...otherFeeds, [text.idsName]: integerTensor(session, text.idsName, ids, dims) };
        if (text.maskName) feeds[text.maskName] = integerTensor(session, text.maskName, mask, dims);
        const vectors = await runFor(session, text.outputName, feeds);
        if (vectors.length !== texts.length * dimension) {
          throw new Error(`got ${vectors.length} numbers instead of ${texts.length} × ${dimension}`);
        }
        const usable = normaliseRows(vectors, dimension).map(
          (hasDirection, row) => hasDirection && known[row] === true,
        );
        return { reply: { vectors, usable }, transfer: [vectors.buffer] };
      },
    },
  };
});

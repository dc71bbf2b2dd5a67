import { createAudioFrontEnd } from './audio-input.js';
import type { AudioCalls } from './embedder.types.js';
import { serve } from './serve.js';
import { floatTensor, integerTensor, normaliseRows, openSession, runFor } from './session.js';

await serve<AudioCalls>(async ({ graph, provider, audio, text, dimension }) => {
  const opened = await openSession(graph, provider);
  const { session } = opened;
  const frontEnd = createAudioFrontEnd(audio);

  // In a graph that holds both towers the other one has to be fed as well: the shortest text there is.
  const otherFeeds = Object.fromEntries(
    session.inputNames
      .filter((name) => name === text.idsName || name === text.maskName)
      .map((name) => [name, integerTensor(session, name, name === text.maskName ? [1, 1] : [0, 0], [1, 2])]),
  );

  return {
    ...opened,
    answers: {
      features: ({ buffer, length, known }) => {
        const input = frontEnd(new Float32Array(buffer, 0, length), known);
        return Promise.resolve({ reply: { input, buffer }, transfer: [input.data.buffer, buffer] });
      },
      embed: async ({ data, dims }) => {
        const input = floatTensor(session, audio.inputName, data, dims);
        const vector = await runFor(session, audio.outputName, { ...otherFeeds, [audio.inputName]: input });
        if (vector.length !== dimension) throw new Error(`got ${vector.length} numbers instead of ${dimension}`);
        const usable = normaliseRows(vector, dimension)[0] ?? false;
        return { reply: { vector, usable }, transfer: [vector.buffer] };
      },
    },
  };
});

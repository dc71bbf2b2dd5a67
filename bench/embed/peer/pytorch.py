"""Times `transformers.ClapModel` and `ClapFeatureExtractor`; called by bench/embed.mjs with --python. Prints one line of JSON.

Without weights (no model.safetensors in the folder) only the front end is timed.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers import ClapFeatureExtractor, ClapModel

options = json.loads(sys.argv[1])
folder, rounds, batch = Path(options["folder"]), options["rounds"], options["batch"]


def noise(length: int) -> np.ndarray:
    """As in bench/lib/timing.mjs."""
    out, state = np.empty(length, dtype=np.float32), 1
    for i in range(length):
        state = (1_664_525 * state + 1_013_904_223) % 2**32
        out[i] = state / 2**32 - 0.5
    return out


def best(run, times: int) -> float:
    fastest = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        run()
        fastest = min(fastest, time.perf_counter() - started)
    return fastest * 1000


torch.set_num_threads(1)
samples = noise(480_000)
extractor = ClapFeatureExtractor.from_pretrained(folder)
extract = lambda: extractor(samples, sampling_rate=48_000, return_tensors="pt")["input_features"]
result = {"frontEndMs": best(extract, rounds)}
if (folder / "model.safetensors").exists():
    model = ClapModel.from_pretrained(folder).eval()
    embed = lambda features: model.audio_projection(model.audio_model(input_features=features)[1])
    with torch.inference_mode():
        features = extract()
        vector = embed(features)[0]
        result["modelMs"] = best(lambda: embed(features), rounds)
        result["wholeMs"] = best(lambda: embed(extract()), rounds)
        several = features.repeat(batch, 1, 1, 1)
        result["batchMs"] = best(lambda: embed(several), min(3, rounds)) / batch
        torch.set_num_threads(options["threads"])
        started = time.perf_counter()
        for _ in range(options["windows"]):
            embed(extract())
        result["longMs"] = (time.perf_counter() - started) * 1000 / options["windows"]
        result["vector"] = (vector / vector.norm()).tolist()
result["version"] = f"{transformers.__version__}, torch {torch.__version__}"
result["peakMB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(json.dumps(result))

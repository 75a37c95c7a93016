"""Reads files of rollouts as prime-rl does, and prints their micro-batches as JSON, one file a line.

The struct is `MicroBatch` of prime-rl v0.8.0 (`prime_rl.transports.rollouts.types`): its fields in their order, with
their types and defaults. Files hold a list of it, without the names of its fields. A later version may order them
otherwise: then this copy and src/trainer/prime-rl/micro-batch.ts change together.
"""

from __future__ import annotations

import sys

import msgspec


class RoutedExperts(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    data: bytes
    shape: list[int]
    dtype: str


class MicroBatch(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    input_ids: list[int]
    loss_mask: list[bool]
    advantages: list[float]
    inference_logprobs: list[float]
    position_ids: list[int]
    sequence_lengths: list[int]
    temperatures: list[float]
    env_names: list[str]
    seq_lens: list[int]
    ref_logprobs: list[float] | None = None
    routed_experts: RoutedExperts | None = None
    mm_kwargs: dict | None = None
    mm_token_type_ids: list[int] | None = None
    rl_weights: list[float] | None = None
    ce_weights: list[float] | None = None
    ref_kl_weights: list[float] | None = None


decoder = msgspec.msgpack.Decoder(type=list[MicroBatch])
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        batches = decoder.decode(file.read())
    print(msgspec.json.encode([msgspec.structs.asdict(batch) for batch in batches]).decode())

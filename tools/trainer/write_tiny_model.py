"""Writes a model that trains in moments: a Qwen3 of 91,008 random weights whose tokens are bytes. Argument: the folder.

Ids 0 to 7 are special (1 begins, 2 ends a text), and id 8 + b is the byte b. The same weights are drawn every time.
"""

import json
import pathlib
import sys

import numpy as np
import safetensors.numpy

SPECIAL = ['<pad>', '<s>', '</s>', '<r3>', '<r4>', '<r5>', '<r6>', '<r7>']
VOCABULARY = len(SPECIAL) + 256
WIDTH = 64
LAYERS = 2
INNER = 128
HEADS = 4
KEY_HEADS = 2
HEAD_WIDTH = 16
LONGEST = 4096

CONFIG = {
    'architectures': ['Qwen3ForCausalLM'],
    'model_type': 'qwen3',
    'vocab_size': VOCABULARY,
    'hidden_size': WIDTH,
    'intermediate_size': INNER,
    'num_hidden_layers': LAYERS,
    'num_attention_heads': HEADS,
    'num_key_value_heads': KEY_HEADS,
    'head_dim': HEAD_WIDTH,
    'max_position_embeddings': LONGEST,
    'rms_norm_eps': 1e-6,
    'rope_theta': 10000.0,
    'hidden_act': 'silu',
    'attention_bias': False,
    'tie_word_embeddings': True,
    'pad_token_id': 0,
    'bos_token_id': 1,
    'eos_token_id': 2,
    'torch_dtype': 'float32',
    'use_sliding_window': False,
    'sliding_window': None,
    'max_window_layers': LAYERS,
}


def weights():
    generator = np.random.default_rng(0)

    def drawn(rows, columns, deviation=0.08):
        return (generator.standard_normal((rows, columns)) * deviation).astype(np.float32)

    def ones(size):
        return np.ones(size, np.float32)

    tensors = {'model.embed_tokens.weight': drawn(VOCABULARY, WIDTH, 0.3), 'model.norm.weight': ones(WIDTH)}
    for layer in range(LAYERS):
        for name, tensor in {
            'input_layernorm': ones(WIDTH),
            'post_attention_layernorm': ones(WIDTH),
            'self_attn.q_proj': drawn(HEADS * HEAD_WIDTH, WIDTH),
            'self_attn.k_proj': drawn(KEY_HEADS * HEAD_WIDTH, WIDTH),
            'self_attn.v_proj': drawn(KEY_HEADS * HEAD_WIDTH, WIDTH),
            'self_attn.o_proj': drawn(WIDTH, HEADS * HEAD_WIDTH),
            'self_attn.q_norm': ones(HEAD_WIDTH),
            'self_attn.k_norm': ones(HEAD_WIDTH),
            'mlp.gate_proj': drawn(INNER, WIDTH),
            'mlp.up_proj': drawn(INNER, WIDTH),
            'mlp.down_proj': drawn(WIDTH, INNER),
        }.items():
            tensors[f'model.layers.{layer}.{name}.weight'] = tensor
    return tensors


def letters():
    """The printable character that byte-level tokenizers write for each byte: itself, or one from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) if byte in printable else chr(256 + others.index(byte)) for byte in range(256)]


def tokenizer():
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *letters()])}
    plain = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False}
    byte_level = {'type': 'ByteLevel', 'trim_offsets': True, 'use_regex': True}
    return {
        'version': '1.0',
        'added_tokens': [
            {'id': index, 'content': token, 'special': True, **plain} for index, token in enumerate(SPECIAL)
        ],
        'pre_tokenizer': {**byte_level, 'add_prefix_space': False},
        'decoder': {**byte_level, 'add_prefix_space': True},
        'model': {'type': 'BPE', 'vocab': vocabulary, 'merges': []},
    }


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(weights(), folder / 'model.safetensors', metadata={'format': 'pt'})
    for name, content in {
        'config.json': CONFIG,
        'tokenizer.json': tokenizer(),
        'tokenizer_config.json': {
            'tokenizer_class': 'PreTrainedTokenizerFast',
            'pad_token': '<pad>',
            'bos_token': '<s>',
            'eos_token': '</s>',
            'model_max_length': LONGEST,
        },
    }.items():
        (folder / name).write_text(json.dumps(content, indent=1) + '\n')


if __name__ == '__main__':
    write(pathlib.Path(sys.argv[1]))

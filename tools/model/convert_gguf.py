"""Writes a model of the GGUF format as a folder of the Hugging Face format. Arguments: the file, the folder.

It reads what SmolLM2 is: the Llama architecture with a byte-level BPE vocabulary. Quantized weights become float32, the
very numbers that are calculated with.
"""

import json
import pathlib
import sys

import gguf
import numpy as np
import safetensors.numpy

LAYER_NAMES = {
    'attn_norm': 'input_layernorm',
    'attn_q': 'self_attn.q_proj',
    'attn_k': 'self_attn.k_proj',
    'attn_v': 'self_attn.v_proj',
    'attn_output': 'self_attn.o_proj',
    'ffn_norm': 'post_attention_layernorm',
    'ffn_gate': 'mlp.gate_proj',
    'ffn_up': 'mlp.up_proj',
    'ffn_down': 'mlp.down_proj',
}
OTHER_NAMES = {
    'token_embd.weight': 'model.embed_tokens.weight',
    'output_norm.weight': 'model.norm.weight',
    'output.weight': 'lm_head.weight',
}
# The format's number for tokens that are never made of text.
CONTROL = 3
# What the format does not say of this model.
NORM_EPSILON = 1e-5


def name_of(tensor):
    if tensor in OTHER_NAMES:
        return OTHER_NAMES[tensor]
    _, layer, name, _ = tensor.split('.')
    return f'model.layers.{layer}.{LAYER_NAMES[name]}.weight'


def in_halves(weight, heads):
    """llama.cpp keeps the rows that are rotated together in pairs, Hugging Face in two halves of each head."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def weights(reader, fields):
    heads = {'.attn_q.': 'llama.attention.head_count', '.attn_k.': 'llama.attention.head_count_kv'}
    tensors = {}
    for tensor in reader.tensors:
        weight = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for part, field in heads.items():
            if part in tensor.name:
                weight = in_halves(weight, fields[field])
        tensors[name_of(tensor.name)] = np.ascontiguousarray(weight)
    return tensors


def config(fields, tied):
    return {
        'architectures': ['LlamaForCausalLM'],
        'model_type': 'llama',
        'vocab_size': len(fields['tokenizer.ggml.tokens']),
        'hidden_size': fields['llama.embedding_length'],
        'intermediate_size': fields['llama.feed_forward_length'],
        'num_hidden_layers': fields['llama.block_count'],
        'num_attention_heads': fields['llama.attention.head_count'],
        'num_key_value_heads': fields['llama.attention.head_count_kv'],
        'max_position_embeddings': fields['llama.context_length'],
        'rms_norm_eps': NORM_EPSILON,
        'rope_theta': fields['llama.rope.freq_base'],
        'hidden_act': 'silu',
        'attention_bias': False,
        'mlp_bias': False,
        'tie_word_embeddings': tied,
        'bos_token_id': fields['tokenizer.ggml.bos_token_id'],
        'eos_token_id': fields['tokenizer.ggml.eos_token_id'],
        'pad_token_id': fields['tokenizer.ggml.padding_token_id'],
        'torch_dtype': 'float32',
    }


def tokenizer(fields):
    tokens = fields['tokenizer.ggml.tokens']
    kinds = fields['tokenizer.ggml.token_type']
    plain = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False}
    byte_level = {'type': 'ByteLevel', 'trim_offsets': True, 'use_regex': True}
    return {
        'version': '1.0',
        'added_tokens': [
            {'id': index, 'content': token, 'special': True, **plain}
            for index, (token, kind) in enumerate(zip(tokens, kinds))
            if kind == CONTROL
        ],
        'pre_tokenizer': {
            'type': 'Sequence',
            'pretokenizers': [
                {'type': 'Digits', 'individual_digits': True},
                {**byte_level, 'add_prefix_space': False},
            ],
        },
        'decoder': {**byte_level, 'add_prefix_space': True},
        'model': {
            'type': 'BPE',
            'vocab': {token: index for index, token in enumerate(tokens)},
            'merges': [merge.split(' ') for merge in fields['tokenizer.ggml.merges']],
        },
    }


def tokenizer_config(fields):
    def token(name):
        return fields['tokenizer.ggml.tokens'][fields[f'tokenizer.ggml.{name}_token_id']]

    return {
        'tokenizer_class': 'PreTrainedTokenizerFast',
        'bos_token': token('bos'),
        'eos_token': token('eos'),
        'pad_token': token('padding'),
        'unk_token': token('unknown'),
        'model_max_length': fields['llama.context_length'],
        'clean_up_tokenization_spaces': False,
        'chat_template': fields['tokenizer.chat_template'],
    }


def convert(file, folder):
    reader = gguf.GGUFReader(file)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    tensors = weights(reader, fields)
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(tensors, folder / 'model.safetensors', metadata={'format': 'pt'})
    for name, content in {
        'config.json': config(fields, tied='lm_head.weight' not in tensors),
        'tokenizer.json': tokenizer(fields),
        'tokenizer_config.json': tokenizer_config(fields),
    }.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    convert(sys.argv[1], pathlib.Path(sys.argv[2]))

"""In the place of peft, of which SkyRL's JAX backend uses one thing: the file that says what a LoRA adapter is."""

import json
import pathlib


class LoraConfig:
    def __init__(self, **settings):
        self.settings = {'peft_type': 'LORA', **settings}

    def save_pretrained(self, directory):
        text = json.dumps(self.settings, indent=2, sort_keys=True)
        pathlib.Path(directory, 'adapter_config.json').write_text(text)

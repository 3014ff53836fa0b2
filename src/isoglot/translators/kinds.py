"""The kinds of translators, and which options mean something for each."""

FORMS = {
    "openai": "openai:MODEL@URL",
    "openai-batch": "openai-batch:MODEL@URL",
    "hf": "hf:MODEL",
    "ct2": "ct2:FOLDER",
    "libretranslate": "libretranslate:URL",
    "command": "command:LINE",
    "file": "file:PATH",
}
SERVED = ("openai", "openai-batch", "libretranslate")
# A batch is one request at a time; only chat models draw, and count tokens.
TAKEN_BY = {
    "concurrency": ("openai", "libretranslate", "command"),
    "timeout": (*SERVED, "command"),
    "max_retries": SERVED,
    "temperature": ("openai", "openai-batch"),
    "price": ("openai", "openai-batch"),
}

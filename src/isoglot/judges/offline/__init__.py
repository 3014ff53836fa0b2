"""The offline judge: phrases of each language, looked for in text that is spelled one way."""

"""From a text to its tokens: tokenizers, and the fast way to run the built-in ones over a corpus."""

from textrep.text.tokenizers import Tokenizer, get_tokenizer, tokenizer_from_dict

__all__ = ["Tokenizer", "get_tokenizer", "tokenizer_from_dict"]

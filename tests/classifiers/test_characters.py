"""Features of characters, against a convolution over each word alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from textrep.classifiers.characters import CharacterFeatures, take_characters

WORDS = [[3, 1, 4], [], [1], [-1, 5, 9, 2, 6, 5, 3], [5, 8]]
CHARACTERS = np.array([character for word in WORDS for character in word], np.int32)
CHARACTER_OFFSETS = np.cumsum([0, *map(len, WORDS)])
TOKENS = np.array([4, 0, 0, 3, 1, 2, 4], np.int32)
OFFSETS = np.array([0, 2, 2, 6, 7])


def alone(features: CharacterFeatures, word: list[int]) -> torch.Tensor:
    """What one word gives: zeros around it, a convolution, ReLU, a maximum."""
    if not word:
        return torch.zeros(features.output_size)
    vectors = features.characters.weight[torch.tensor(word) + 2].T[None]
    filtered = functional.conv1d(
        vectors, features.convolution.weight, features.convolution.bias, padding=features.convolution.padding
    )
    return filtered[0].clamp(min=0).amax(1)


@pytest.mark.parametrize("width", [1, 3, 5])
@pytest.mark.parametrize("chosen", [[2, 0, 1, 3], [1], [3, 3], []])
def test_each_word_gives_what_it_gives_alone(width: int, chosen: list[int]) -> None:
    features = CharacterFeatures(10, n_filters=6, character_size=4, width=width)
    batch = take_characters(TOKENS, OFFSETS, np.array(chosen, np.int64), CHARACTERS, CHARACTER_OFFSETS)
    found = features(batch)
    longest = max([1, *(OFFSETS[i + 1] - OFFSETS[i] for i in chosen)])
    assert found.shape == (len(chosen), longest, 6)
    for row, i in enumerate(chosen):
        words = [WORDS[token] for token in TOKENS[OFFSETS[i] : OFFSETS[i + 1]]]
        for place in range(longest):
            expected = alone(features, words[place] if place < len(words) else [])
            torch.testing.assert_close(found[row, place], expected, rtol=1e-5, atol=1e-6)


def test_equal_words_are_computed_once_and_their_gradients_add_up() -> None:
    features = CharacterFeatures(10, n_filters=6, character_size=4)
    batch = take_characters(TOKENS, OFFSETS, np.array([0, 3, 2]), CHARACTERS, CHARACTER_OFFSETS)
    assert batch.lengths.tolist() == [0, 3, 0, 1, 7, 2]  # padding, and five distinct words
    features(batch).sum().backward()
    found = {name: parameter.grad.clone() for name, parameter in features.named_parameters()}
    features.zero_grad()
    sum(alone(features, WORDS[token]).sum() for token in TOKENS).backward()
    for name, parameter in features.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-5)
        assert found[name].any()


def test_filters_without_a_middle_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^width=2: it must be an odd number, so that a filter has a middle$"):
        CharacterFeatures(10, width=2)


def test_characters_go_to_a_device() -> None:
    batch = take_characters(TOKENS, OFFSETS, np.array([0]), CHARACTERS, CHARACTER_OFFSETS).to("meta")
    assert {part.device.type for part in (batch.characters, batch.lengths, batch.places)} == {"meta"}

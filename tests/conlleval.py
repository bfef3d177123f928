"""conlleval, the script that scores chunks at CoNLL: its tables of rules and its loop, written down plainly."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

__all__ = ["bio_tags", "bioes_tags", "conlleval", "end_of_chunk", "split", "start_of_chunk"]

# Prefix before and prefix: where a chunk begins or ends, whatever the types. First those of the script of 2004-01-26,
# then those that its versions for BIOES add.
STARTS = {"BB", "IB", "OB", "OI", "EE", "EI", "OE"} | {"EB", "SB", "BS", "IS", "OS", "SS", "ES", "SI", "SE"}
ENDS = {"BB", "BO", "IB", "IO", "EE", "EI", "EO"} | {"EB", "BS", "IS", "ES", "SE", "SI", "SO", "SS", "SB"}


def start_of_chunk(before: tuple[str, str], tag: tuple[str, str]) -> bool:
    return before[0] + tag[0] in STARTS or (tag[0] != "O" and before[1] != tag[1])


def end_of_chunk(before: tuple[str, str], tag: tuple[str, str]) -> bool:
    return before[0] + tag[0] in ENDS or (before[0] != "O" and before[1] != tag[1])


def split(tag: str) -> tuple[str, str]:
    prefix, hyphen, kind = tag.partition("-")
    return (prefix, kind) if hyphen else (tag, "")


def conlleval(y_true: list[list[str]], y_pred: list[list[str]]) -> tuple[float, Counter, Counter, Counter]:
    """Its loop over tokens: one pass, with an empty line after each sentence, that knows no spans."""
    n_tokens = n_right = 0
    found, guessed_found, correct_found = Counter(), Counter(), Counter()
    in_correct = False
    last, last_guessed = ("O", ""), ("O", "")
    for tags, guesses in zip(y_true, y_pred, strict=True):
        lines = [*zip(map(split, tags), map(split, guesses), strict=True), None]
        for line in lines:
            tag, guess = line or (("O", ""), ("O", ""))
            ends, guess_ends = end_of_chunk(last, tag), end_of_chunk(last_guessed, guess)
            starts, guess_starts = start_of_chunk(last, tag), start_of_chunk(last_guessed, guess)
            if in_correct:
                if ends and guess_ends and last_guessed[1] == last[1]:
                    in_correct = False
                    correct_found[last[1]] += 1
                elif ends != guess_ends or guess[1] != tag[1]:
                    in_correct = False
            if starts and guess_starts and guess[1] == tag[1]:
                in_correct = True
            found[tag[1]] += starts
            guessed_found[guess[1]] += guess_starts
            if line:
                n_tokens += 1
                n_right += tag == guess
            last, last_guessed = tag, guess
    return n_right / n_tokens, found, guessed_found, correct_found


TYPES = ["PER", "LOC", "creative-work"]
bio_tags = st.sampled_from(["O", *(f"{prefix}-{kind}" for prefix in "BI" for kind in TYPES)])
bioes_tags = bio_tags | st.sampled_from([f"{prefix}-{kind}" for prefix in "ES" for kind in TYPES])

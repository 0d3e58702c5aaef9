"""A card per model: what it is, learnt and gets right, and what it must not be used for."""

from tractable.cards.page import Choices, Wording, write_cards

__all__ = ["Choices", "Wording", "write_cards"]

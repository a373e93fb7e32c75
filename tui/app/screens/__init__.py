"""Whole screens. ``workspace`` is the one that is always there; the others stand over it and return to it."""

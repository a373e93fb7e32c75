"""What the README's figures come from.

Each module measures one thing and has ``measure()``, which gives name -> {value, unit, yardstick, ratio, n}. The
yardstick is taken in the same run, so that a ratio holds on a machine that is shared and noisy.
``python -m bench`` runs all of them and writes ``bench/results/latest.json``.
"""

"""Comparisons with peers and with the project's own goals; off by default, run one by one.

``python -m benchmarks.jcrec``, ``python -m benchmarks.direct`` and
``python -m benchmarks.pipeline``. Outside data is read from ``../shared/data``, beside the
repository; nothing of it is kept here.
"""

"""Whether a ranker is any good: metrics, intervals, backtest, verdict."""

"""A day of simulated applicants against the real process; `python -m tests.simulate`, see `__main__.py`."""

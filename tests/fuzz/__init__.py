"""Letters spoilt at random, run through everything that reads them: `make fuzz`, `python -m tests.fuzz --help`."""

"""One page a file: each asks the store once or twice, turns records into lines of words, and renders one template."""

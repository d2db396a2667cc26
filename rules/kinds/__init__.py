"""The questions that find out what kind of message one is: one question a file, a verdict or nothing each."""

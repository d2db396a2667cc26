"""Reading: a `Message` → a `Reading`, the way a careful clerk would.

The story of one message, each step in a file of its own:

    passages   which voices speak: the sender's own words, a forward, the sender's earlier letter, ours
    segments   a passage cut into labelled values and free stretches
    entities   what the finders of `rules.fields` see in each segment, with the cue words around it
    owners     whose phone, address and name each of them is
    weigh      candidates of each field weighed against each other, the runner-up kept
    groups     which of them belong to which organisation
    tables     a table with a heading row read row by row

Nothing here does I/O, knows a clock or raises on any text.
"""

from intake.reading.read import read

__all__ = ["read"]

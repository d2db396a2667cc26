"""The seven kinds of value: how each is recognised, brought to its normal form, and refused. Pure; domain.md §2."""

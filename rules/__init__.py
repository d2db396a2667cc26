"""Rules decide: pure values in, values out. Nothing here touches a network, a clock or a database."""

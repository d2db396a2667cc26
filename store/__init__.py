"""Store remembers: tables, repositories and the unit of work. It returns values of `rules`, never table objects."""

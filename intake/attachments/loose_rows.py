"""Tables of formats that know no table, only marks between cells and rows (RTF, binary Word): put on paper as tables.

A row begins with what is said to lie in a table and ends with its mark; a table ends when something follows that lies
in none.
"""

from dataclasses import dataclass

from intake.attachments.paper import Paper


@dataclass(slots=True)
class LooseRows:
    """The tables of one text, the document's or a text box's."""

    paper: Paper
    table: bool = False
    row: bool = False
    cell: bool = False
    number: int = 0  # of the next cell in its row

    def ready(self) -> None:
        """Before anything is put down: open the cell that is due, or leave the table that has ended."""
        if self.row and not self.cell:
            self.paper.begin_cell()
            self.cell = True
        elif self.table and not self.row:
            self.paper.end_table()
            self.table = False

    def row_begins(self) -> None:
        """What follows lies in a table; nothing changes within a row."""
        if self.row:
            return
        if not self.table:
            self.paper.begin_table()
        self.paper.begin_row()
        self.table, self.row, self.cell, self.number = True, True, False, 0

    def cell_ends(self, *, continued: bool = False) -> None:
        """The mark of a cell; without a row before it one begins."""
        self.row_begins()
        self.ready()
        self.paper.end_cell(continued=continued)
        self.cell = False
        self.number += 1

    def row_ends(self) -> None:
        """The mark of a row."""
        if self.cell:
            self.cell_ends()
        self.row = False

    def close(self) -> None:
        """The text ends."""
        self.row_ends()
        if self.table:
            self.paper.end_table()
            self.table = False

"""The book that is kept while a drop is read: which rows were rejected, and which faults were found."""

from collections.abc import Iterable

import pandas as pd


class Ledger:
    """`texts` are the lines of each file by number, so that a rejected row can be shown as it came."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[int, str]] = {}
        self._rejected: list[tuple[str, int, str, str]] = []
        self._found: dict[tuple[str, str], list[int]] = {}

    def find(self, table: str, fault: str, lines: Iterable[int]) -> None:
        """Note a fault and the lines that have it; without lines there is none."""
        if numbers := [int(line) for line in lines]:
            self._found.setdefault((table, fault), []).extend(numbers)

    def reject(self, table: str, fault: str, lines: Iterable[int]) -> None:
        """Put these lines into quarantine, and note the fault."""
        numbers = [int(line) for line in lines]
        self._rejected += [(table, line, fault, self.texts[table][line]) for line in numbers]
        self.find(table, fault, numbers)

    def quarantine(self) -> pd.DataFrame:
        """One row per rejected line."""
        return pd.DataFrame(self._rejected, columns=["table", "line", "reason", "text"])

    def findings(self) -> pd.DataFrame:
        """One row per table and fault, with the number of lines and the first one as an example."""
        told = [
            (table, fault, len(lines), self.texts[table].get(lines[0], ""))
            for (table, fault), lines in self._found.items()
        ]
        return pd.DataFrame(told, columns=["table", "fault", "rows", "example"])

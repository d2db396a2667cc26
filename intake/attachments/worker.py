"""The process that reads foreign files: limits itself, says that it is ready, answers until its input ends.

Started by `extractor`, never imported by it. Speaks frames of `pipes` on standard input and output; writes no file,
opens no connection. When it dies, the file it was reading is at fault and the next process goes on.
"""

import json
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from intake.attachments.extracted import to_wire
from intake.attachments.picture import Recognition, page_names
from intake.attachments.pipes import END, frame, read_frame
from intake.attachments.reading import Budget, File, Reader

_DATA = Path(__file__).parents[2] / "rules" / "data" / "attachments.toml"


def limit(memory: int) -> None:
    """Bound this process: memory in bytes, no core dumps, no files of any size."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def allow_seconds(seconds: float) -> None:
    """Processor time for the next file, on top of what has been used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def serve(requests: BinaryIO, answers: BinaryIO, recognition: Recognition, seconds: float) -> None:
    """Answer requests until there are no more: for each file the texts in it, then an empty frame."""
    reader = Reader(recognition)
    while (head := read_frame(requests)) is not None:
        content = read_frame(requests)
        if content is None:
            return
        name, declared, first, shown = json.loads(head)
        if first:
            reader.budget = Budget()
        allow_seconds(seconds)
        for one in reader.read(File(name, content, declared, shown=shown)):
            answers.write(frame(to_wire(one)))
            answers.flush()
        answers.write(END)
        answers.flush()


def main(arguments: Sequence[str]) -> None:
    """`worker MEMORY SECONDS [COMMAND...]`: the last is the program that recognises pictures."""
    limit(int(arguments[0]))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    answers.write(END)
    answers.flush()
    recognition = Recognition(tuple(arguments[2:]), page_names(_DATA))
    serve(sys.stdin.buffer, answers, recognition, float(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])

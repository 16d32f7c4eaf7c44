"""The bare other end of a pipe: reads so many bytes, answers so many; nothing else."""

import os
import sys


def keep_all(first: bytes, asked: int) -> bytearray:
    """Read the rest into one buffer, as a runner that wants the samples would."""
    whole = bytearray(asked)
    view = memoryview(whole)
    view[: (have := len(first))] = first
    while more := os.readv(0, [view[have:]]):  # 0: it is full, or stdin is closed
        have += more
    return whole


def main() -> None:
    """Answer every `asked` bytes on stdin with `answered` bytes on stdout, until stdin closes."""
    asked, answered = int(sys.argv[1]), b"x" * int(sys.argv[2])
    while received := os.read(0, asked):
        if len(received) < asked:  # only for what is more than a pipe holds
            keep_all(received, asked)
        os.write(1, answered)


if __name__ == "__main__":
    main()

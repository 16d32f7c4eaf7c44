"""Prints sentences that nobody has heard, for `speech make`: as many as asked, drawn by a seed.

python scripts/sentences.py 1000 > thousand.txt           # a clip a line
python scripts/sentences.py 600 --joined > hour.txt       # one clip: about an hour
python -m orchestrator speech make hour.txt --output hour

No two are alike, so that a sentence lost at a seam cannot hide behind another.
"""

import argparse
import random

PEOPLE = (
    "the baker",
    "a young doctor",
    "my neighbour",
    "the old captain",
    "our teacher",
    "the gardener",
    "her brother",
    "the new driver",
    "a tired nurse",
    "the painter",
    "his aunt",
    "the engineer",
)
VERBS = (
    "carried",
    "found",
    "repaired",
    "sold",
    "painted",
    "forgot",
    "measured",
    "borrowed",
    "cleaned",
    "described",
    "ordered",
    "counted",
)
THINGS = (
    "wooden chairs",
    "letters",
    "glass bottles",
    "bicycles",
    "maps",
    "silver spoons",
    "blankets",
    "tickets",
    "apple trees",
    "lanterns",
    "drawings",
    "leather bags",
)
PLACES = (
    "behind the station",
    "near the river",
    "in the harbour",
    "at the market",
    "under the bridge",
    "in the mountains",
    "beside the church",
    "on the island",
    "outside the city",
    "in the library",
)
TIMES = (
    "last winter",
    "before breakfast",
    "on Monday",
    "after the storm",
    "late in the evening",
    "during the holidays",
    "at noon",
    "in early spring",
    "two weeks ago",
    "when the rain stopped",
)
ENDINGS = (
    "because nobody else had time",
    "although the road was closed",
    "and then went home",
    "while the others were asleep",
    "without saying a word",
    "and wrote everything down",
    "so that the children could play",
    "before the train arrived",
    "as quickly as possible",
    "and never spoke of it again",
)
NUMBERS = (
    "two", "three", "five", "six", "seven", "eight", "eleven", "twelve", "fourteen", "twenty",
    "thirty one", "forty two", "fifty", "sixty five", "ninety",
)  # fmt: skip


def sentence(draw: random.Random) -> str:
    """Return one sentence of 14 to 20 words."""
    who, did, many, what = map(draw.choice, (PEOPLE, VERBS, NUMBERS, THINGS))
    where, when, end = map(draw.choice, (PLACES, TIMES, ENDINGS))
    return f"{when.capitalize()} {who} {did} {many} {what} {where}, {end}."


def main() -> None:
    """Print the sentences, a line each or all in one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--joined", action="store_true", help="one line for all")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)  # noqa: S311 - nothing secret is drawn
    found: dict[str, None] = {}
    while len(found) < asked.count:
        found[sentence(draw)] = None
    print((" " if asked.joined else "\n").join(found))


if __name__ == "__main__":
    main()

"""The stored schema, version 3: a manifest, one row a cell, one summary; absent is null, never 0.

History: 1 - the first. 2 - clips and passes in files of their own, a line each: a corpus need not
fit into memory. 3 - contenders instead of backends as the key of
everything: any number of models and settings of one backend in a run. Version 2 is still read.
"""

from orchestrator.host import PRESSURES, Host
from orchestrator.runs.schema.accuracy import (
    Accuracy,
    Disagreement,
    Disputed,
    ErrorDifference,
    Formatting,
    Languages,
    Rate,
)
from orchestrator.runs.schema.contender import Contender
from orchestrator.runs.schema.estimate import Estimate
from orchestrator.runs.schema.groups import Breakdown, GroupScore
from orchestrator.runs.schema.live import LivePass, LiveSummary, Shown
from orchestrator.runs.schema.manifest import (
    ClipRecord,
    CorpusRecord,
    Fault,
    Manifest,
    Origin,
    Package,
    Preparation,
    Provenance,
    Settings,
)
from orchestrator.runs.schema.noise import (
    Doubling,
    ListeningCondition,
    ListeningConditions,
    NoiseCurve,
    NoisePoint,
    NoiseTrack,
)
from orchestrator.runs.schema.record import Notice, Scalar, SegmentText, Status
from orchestrator.runs.schema.rows import (
    ROW,
    Detection,
    Failed,
    Measured,
    ModelUsed,
    Passes,
    Row,
    Skipped,
    WarmUp,
)
from orchestrator.runs.schema.summary import (
    ClipScore,
    ContenderSummary,
    Costs,
    Minute,
    Needed,
    NoiseCertificate,
    PairVerdict,
    RobustnessVerdict,
    Summary,
    ThrottleCurve,
    Verdict,
)
from orchestrator.runs.schema.terms import ScoreOfTerm, Term, TermDifference, TermScore, TermsHeard
from orchestrator.runs.schema.word_times import (
    ClipWords,
    TimedWord,
    TimeErrors,
    TimeKind,
    WordTimes,
)

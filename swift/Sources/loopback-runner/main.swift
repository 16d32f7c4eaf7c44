import LoopbackEngine
import RunnerHost

let faults = Array(CommandLine.arguments.dropFirst())
if faults == ["--echo"] { await echo() }
try Fault.commitAtStart(faults)
await serve { try LoopbackEngine(faults: faults) }

import LoopbackEngine
import RunnerHost

let faults = Array(CommandLine.arguments.dropFirst())
if faults == ["--echo"] { await echo() }
await serve { LoopbackEngine(faults: faults) }

import Dispatch

/// Load a folder of compiled models; return what was loaded, and what `resolved` says of it.
///
/// What the library throws becomes `Refusal.badModel`, but for refusals and want of memory. A first
/// load compiles for the Neural Engine, silently and for minutes: every few seconds it is said that
/// it goes on.
public func loading<Value>(
    _ model: String, _ report: @escaping ProgressReport,
    isolation: isolated (any Actor)? = #isolation, _ load: () async throws -> Value
) async throws -> (Value, Settings) {
    let before = Machine.neuralBytes
    let stop = startSaying(report)
    defer { stop() }
    do {
        let value = try await load()
        let facts: Settings = [
            "model_folder": .string(model), "system": .string(Machine.system),
            "neural_bytes_before": before, "neural_bytes_after": Machine.neuralBytes,
        ]
        return (value, facts)
    } catch {
        if error is Refusal || isWantOfMemory(error) { throw error }
        throw Refusal.badModel("\(model) does not load: \(named(error))")
    }
}

/// Report from a timer of its own, for a library that compiles may hold every thread that tasks
/// share; return how to stop. It ends after an hour: what takes longer hangs, and the deadline may
/// have it.
private func startSaying(_ report: @escaping ProgressReport) -> () -> Void {
    let (clock, longest) = (SuspendingClock(), 3600.0)
    let started = clock.now
    let queue = DispatchQueue(label: "still loading")
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + .seconds(5), repeating: .seconds(5))
    timer.setEventHandler {
        let passed = (clock.now - started).seconds
        guard passed < longest else { return }
        report("loading for \(Int(passed)) s: a first load compiles for the Neural Engine", nil)
    }
    timer.resume()
    return {
        timer.cancel()
        queue.sync {}  // a word already begun ends before the answer
    }
}

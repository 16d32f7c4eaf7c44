import Dispatch

/// Says every few seconds that a load is still at work: a first load compiles for the Neural
/// Engine, silently and for minutes.
///
/// The words come from a timer of their own, for a library that compiles may hold every thread that
/// tasks share. They end after an hour: what takes longer hangs, and the deadline may have it.
public func sayingStillLoading<Value>(
    _ report: @escaping ProgressReport, every seconds: Double = 5,
    isolation: isolated (any Actor)? = #isolation, _ load: () async throws -> Value
) async rethrows -> Value {
    let longest = 3600.0
    let clock = SuspendingClock()
    let started = clock.now
    let queue = DispatchQueue(label: "still loading")
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + seconds, repeating: seconds)
    timer.setEventHandler {
        let passed = (clock.now - started).seconds
        guard passed < longest else { return }
        report(
            "loading for \(Int(passed.rounded())) s: a first load compiles for the Neural Engine",
            nil)
    }
    timer.resume()
    defer {
        timer.cancel()
        queue.sync {}  // a word already begun ends before the answer
    }
    return try await load()
}

import Foundation

/// One stream of a runner, from `listening` to its answer. Of what it is told the newest counts, as
/// each says what those before it said.
final class OpenStream: Sendable {
    let id: Int

    private enum Word { case fed(Int), ended(Int) }
    private let words: AsyncStream<Word>.Continuation
    private let hearing: Task<Void, Never>
    private let end: Once

    /// Hear `samples` with the listener; `answer` gets its transcript, or what it threw.
    init(
        _ id: Int, _ listener: any Listener, _ samples: Samples,
        _ answer: @escaping @Sendable (Result<(Transcription, seconds: Double), any Error>) -> Void
    ) {
        self.id = id
        let (told, words) = AsyncStream.makeStream(
            of: Word.self, bufferingPolicy: .bufferingNewest(1))
        let end = Once()
        (self.words, self.end) = (words, end)
        hearing = Task {
            defer { withExtendedLifetime(samples) {} }
            do {
                for await word in told {
                    switch word {
                    case .fed(let count): try await listener.hear(count)
                    case .ended(let count):
                        let clock = SuspendingClock()
                        let started = clock.now
                        let said = try await listener.finish(count)
                        end.reach()
                        return answer(.success((said, (clock.now - started).seconds)))
                    }
                }
            } catch {
                end.reach()
                answer(.failure(error))
            }
        }
    }

    /// Whether it has no answer yet.
    var isOpen: Bool { !end.isReached }

    func feed(_ samples: Int) { words.yield(.fed(samples)) }

    /// End it; returns when it has its answer.
    func finish(_ samples: Int) async {
        words.yield(.ended(samples))
        words.finish()
        await hearing.value
    }
}

/// Something that happens once; from any thread.
final class Once: @unchecked Sendable {
    private let lock = NSLock()
    private var happened = false

    func reach() { lock.withLock { happened = true } }

    var isReached: Bool { lock.withLock { happened } }
}

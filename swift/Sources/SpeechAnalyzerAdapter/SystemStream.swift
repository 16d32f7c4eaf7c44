@preconcurrency import AVFoundation
import RunnerHost
import Speech

/// Hears one stream. The system reports at its own time: what is volatile it may revise, what is
/// final stands.
@available(macOS 26, *)
actor SystemStream: Listener {
    nonisolated let resolved: Settings = [
        "policy": .string(native), "reportingOptions": "volatileResults",
    ]

    private let samples: Samples
    private let format: AVAudioFormat
    private let analyzer: SpeechAnalyzer
    private let show: Show
    private let transcription: @Sendable ([Phrase]) -> Transcription
    private let heard: AsyncStream<AnalyzerInput>
    private let input: AsyncStream<AnalyzerInput>.Continuation
    private var analysis: Task<CMTime?, any Error>?
    private var reports: Task<Void, any Error>?
    private var fed = 0
    private var phrases: [Phrase] = []

    init(
        _ samples: Samples, _ format: AVAudioFormat, _ analyzer: SpeechAnalyzer,
        _ show: @escaping Show, _ transcription: @escaping @Sendable ([Phrase]) -> Transcription
    ) {
        (self.samples, self.format, self.analyzer) = (samples, format, analyzer)
        (self.show, self.transcription) = (show, transcription)
        (heard, input) = AsyncStream.makeStream()
    }

    /// Have the analyzer take what comes, and follow what it reports.
    func begin(_ transcriber: SpeechTranscriber) {
        analysis = Task { [analyzer, heard] in try await analyzer.analyzeSequence(heard) }
        reports = Task {
            for try await result in transcriber.results {
                self.take(Phrase(result), isFinal: result.isFinal)
            }
        }
    }

    func hear(_ count: Int) throws {
        for piece in try samples.pieces(fed..<count, in: format) { input.yield(piece) }
        fed = count
    }

    func finish(_ count: Int) async throws -> Transcription {
        try hear(count)
        input.finish()
        if let end = try await analysis?.value {
            try await analyzer.finalizeAndFinish(through: end)
        } else {
            await analyzer.cancelAndFinishNow()
        }
        try await reports?.value
        return transcription(phrases)
    }

    private func take(_ phrase: Phrase, isFinal: Bool) {
        let end = min(Int((phrase.whole.end ?? 0) * Double(Samples.rate)), fed)
        if isFinal {
            phrases.append(phrase)
            show(Shown(stands: phrase.whole.text, heard: end))
        } else {
            show(Shown(mayChange: phrase.whole.text, heard: end))
        }
    }
}

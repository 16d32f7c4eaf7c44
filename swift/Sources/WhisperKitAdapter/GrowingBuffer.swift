import RunnerHost
import WhisperKit

/// Hears one stream by the rule of the library's `AudioStreamTranscriber`, which itself takes its
/// audio from a microphone only: what came is decoded again from the last confirmed segment on, and
/// all segments are confirmed but the last two.
actor GrowingBuffer: Listener {
    nonisolated let resolved: Settings = [
        "policy": .string(native), "rule": "segment confirmation",
        "requiredSegmentsForConfirmation": .integer(required), "useVAD": false,
        "step_seconds": .integer(stepSeconds),
    ]

    private static let required = 2
    private static let stepSeconds = 1

    private let samples: Samples
    private let engine: WhisperKitEngine
    private let show: Show
    private var heard = 0
    private var confirmed: [TranscriptionSegment] = []
    private var tentative: [TranscriptionSegment] = []
    private var language: String?

    init(_ samples: Samples, _ engine: WhisperKitEngine, _ show: @escaping Show) {
        (self.samples, self.engine, self.show) = (samples, engine, show)
    }

    func hear(_ count: Int) async throws {
        guard count - heard > Self.stepSeconds * Samples.rate else { return }
        try await decode(count)
        let stands = tentative.dropLast(Self.required)
        if let last = stands.last, last.end > confirmedEnd {
            confirmed += stands
            tentative.removeFirst(stands.count)
            show(Shown(stands: text(stands), mayChange: text(tentative), heard: count))
        } else {
            show(Shown(mayChange: text(tentative), heard: count))
        }
    }

    func finish(_ count: Int) async throws -> Transcription {
        if count > heard { try await decode(count) }
        let found = confirmed + tentative
        return await engine.transcription(of: found, text: text(found), language: language)
    }

    private var confirmedEnd: Float { confirmed.last?.end ?? 0 }

    private func decode(_ count: Int) async throws {
        (tentative, language) = try await engine.decode(samples, upTo: count, from: confirmedEnd)
        heard = count
    }

    private func text(_ segments: some Sequence<TranscriptionSegment>) -> String {
        segments.map(\.text).joined()
    }
}

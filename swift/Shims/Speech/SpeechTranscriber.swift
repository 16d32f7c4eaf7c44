import AVFoundation
import Foundation

public final class SpeechTranscriber: SpeechModule, Sendable {
    public enum TranscriptionOption: Sendable { case etiquetteReplacements }
    public enum ReportingOption: Sendable { case volatileResults, fastResults }
    public enum ResultAttributeOption: Sendable { case audioTimeRange, transcriptionConfidence }

    public struct Result: Sendable {
        public var text: AttributedString
        public var range: CMTimeRange
        public var isFinal: Bool
    }

    public static var isAvailable: Bool { ShimSystem.isAvailable }

    public static func supportedLocale(equivalentTo locale: Locale) async -> Locale? {
        ["en", "fr", "de"].contains(locale.language.languageCode?.identifier) ? locale : nil
    }

    public let results: AsyncThrowingStream<Result, any Error>
    private let continuation: AsyncThrowingStream<Result, any Error>.Continuation
    private let isTimed, isVolatile: Bool
    let locale: Locale
    var language: String? { locale.language.languageCode?.identifier }

    public init(
        locale: Locale, transcriptionOptions: Set<TranscriptionOption>,
        reportingOptions: Set<ReportingOption>, attributeOptions: Set<ResultAttributeOption>
    ) {
        self.locale = locale
        (results, continuation) = AsyncThrowingStream.makeStream()
        isTimed = attributeOptions.contains(.audioTimeRange)
        isVolatile = reportingOptions.contains(.volatileResults)
    }

    /// What it makes of the audio so far, where it is to report what it may revise.
    func guess(_ samples: Int) {
        guard isVolatile else { return }
        let start = CMTime(seconds: 0, preferredTimescale: 16_000)
        let end = CMTime(seconds: Double(samples) / 16_000, preferredTimescale: 16_000)
        let range = CMTimeRange(start: start, end: end)
        continuation.yield(
            Result(text: AttributedString("hear \(samples)"), range: range, isFinal: false))
    }

    /// Two phrases, each of one word, each over half of the time.
    func say(_ samples: Int, until end: CMTime) {
        let middle = CMTime(seconds: end.seconds / 2, preferredTimescale: 16_000)
        let start = CMTime(seconds: 0, preferredTimescale: 16_000)
        for (word, range) in [
            ("heard ", CMTimeRange(start: start, end: middle)),
            ("\(samples)", CMTimeRange(start: middle, end: end)),
        ] {
            var text = AttributedString(word)
            if isTimed { text.audioTimeRange = range }
            continuation.yield(Result(text: text, range: range, isFinal: true))
        }
        continuation.finish()
    }

    func end() { continuation.finish() }
}

extension AttributeScopes {
    public struct SpeechAttributes: AttributeScope {
        public enum TimeRangeAttribute: AttributedStringKey {
            public typealias Value = CMTimeRange
            public static let name = "audioTimeRange"
        }

        public let audioTimeRange: TimeRangeAttribute
    }
}

extension AttributeDynamicLookup {
    public subscript<Key: AttributedStringKey>(
        dynamicMember keyPath: KeyPath<AttributeScopes.SpeechAttributes, Key>
    ) -> Key { self[Key.self] }
}

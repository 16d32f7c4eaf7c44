import Foundation

// As much of FluidAudio 0.15.6's custom vocabulary as the adapter calls.

public struct CustomVocabularyTerm: Sendable {
    public let text: String
    public let ctcTokenIds: [Int]?

    public init(text: String, ctcTokenIds: [Int]? = nil) {
        (self.text, self.ctcTokenIds) = (text, ctcTokenIds)
    }
}

public struct CustomVocabularyContext: Sendable {
    public let terms: [CustomVocabularyTerm]
    public let minSimilarity: Float = 0.52
    public let minTermLength: Int = 3

    public init(terms: [CustomVocabularyTerm]) { self.terms = terms }
}

public enum ContextBiasingConstants {
    public struct VocabSizeConfig: Sendable {
        public let minSimilarity: Float
        public let cbw: Float
    }

    public static func rescorerConfig(forVocabSize size: Int) -> VocabSizeConfig {
        VocabSizeConfig(minSimilarity: size > 100 ? 0.6 : size > 10 ? 0.55 : 0.5, cbw: 4.5)
    }
}

public struct CtcModels: Sendable {
    public let vocabulary: [Int: String]

    public static func loadDirect(from directory: URL) async throws -> CtcModels {
        for name in ["MelSpectrogram.mlmodelc", "AudioEncoder.mlmodelc", "vocab.json"] {
            try require(directory.appendingPathComponent(name))
        }
        return CtcModels(vocabulary: [0: "▁a", 1: "b"])
    }
}

public final class CtcTokenizer: Sendable {
    public static func load(from modelDirectory: URL) async throws -> CtcTokenizer {
        try require(modelDirectory.appendingPathComponent("tokenizer.json"))
        return CtcTokenizer()
    }

    public func encode(_ text: String) -> [Int] { text.lowercased().utf8.map(Int.init) }
}

public struct CtcKeywordSpotter: Sendable {
    public struct SpotKeywordsResult: Sendable {
        public let logProbs: [[Float]]
        public let frameDuration: Double
    }

    public let blankId: Int

    public init(models: CtcModels, blankId: Int = 1_024) { self.blankId = blankId }

    public func spotKeywordsWithLogProbs(
        audioSamples: [Float], customVocabulary: CustomVocabularyContext, minScore: Float? = nil
    ) async throws -> SpotKeywordsResult {
        SpotKeywordsResult(logProbs: audioSamples.isEmpty ? [] : [[0]], frameDuration: 0.04)
    }
}

/// Deterministic: a word that is a term but for its case becomes the term.
public struct VocabularyRescorer: Sendable {
    public struct RescoreOutput: Sendable {
        public let text: String
        public let wasModified: Bool
    }

    private let vocabulary: CustomVocabularyContext

    /// Keeps the trap of the real one: without a folder the tokenizer comes from the user's home.
    public static func create(
        spotter: CtcKeywordSpotter, vocabulary: CustomVocabularyContext,
        ctcModelDirectory: URL? = nil
    ) async throws -> VocabularyRescorer {
        guard let folder = ctcModelDirectory else { throw ASRError.modelNotFound("~/Library") }
        _ = try await CtcTokenizer.load(from: folder)
        return VocabularyRescorer(vocabulary: vocabulary)
    }

    /// Keeps another: what has no tokens is not looked for.
    public func ctcTokenRescore(
        transcript: String, tokenTimings: [TokenTiming], logProbs: [[Float]],
        frameDuration: Double, cbw: Float = 3, marginSeconds: Double = 0.1,
        minSimilarity: Float = 0.5
    ) -> RescoreOutput {
        let terms = vocabulary.terms.filter { $0.ctcTokenIds?.isEmpty == false }.map(\.text)
        let words = transcript.split(separator: " ").map { word in
            terms.first { $0.lowercased() == word.lowercased() } ?? String(word)
        }
        let text = words.joined(separator: " ")
        return RescoreOutput(text: text, wasModified: text != transcript)
    }
}

private func require(_ file: URL) throws {
    guard FileManager.default.fileExists(atPath: file.path) else {
        throw ASRError.modelNotFound(file.path)
    }
}

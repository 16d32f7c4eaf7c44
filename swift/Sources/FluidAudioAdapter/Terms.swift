import FluidAudio
import Foundation
import RunnerHost

/// Terms to listen for: a second model, Parakeet CTC 110M, looks in the audio for each of them, and
/// where it finds one likelier than the words that were transcribed, the library puts it there.
struct Terms: Sendable {
    /// What `resolved` says of them.
    let settings: Settings

    private let vocabulary: CustomVocabularyContext
    private let spotter: CtcKeywordSpotter
    private let rescorer: VocabularyRescorer

    /// Of what the library's own managers search around a word.
    private static let marginSeconds = 0.5

    /// Where the second model lies beside Parakeet's files.
    private static func folder(_ model: String) -> String { "\(model)/boost" }

    /// Throws `Refusal.badModel` naming what is missing: the library would look elsewhere for it.
    static func require(in model: String) throws {
        let networks = ["MelSpectrogram", "AudioEncoder"].map { "\($0).mlmodelc/coremldata.bin" }
        try ModelFolder.require(networks + ["vocab.json", "tokenizer.json"], in: folder(model))
    }

    /// Throws `Refusal.unsupported` where every term is too short for the library.
    init(_ names: [String], in model: String) async throws {
        let folder = URL(fileURLWithPath: Self.folder(model), isDirectory: true)
        let models = try await CtcModels.loadDirect(from: folder)
        let tokenizer = try await CtcTokenizer.load(from: folder)
        // What is short, or has no tokens, the library leaves out without a word.
        let least = CustomVocabularyContext(terms: []).minTermLength
        let terms = names.filter { $0.count >= least }.map {
            CustomVocabularyTerm(text: $0, ctcTokenIds: tokenizer.encode($0))
        }.filter { $0.ctcTokenIds?.isEmpty == false }
        guard !terms.isEmpty else {
            throw Refusal.unsupported("no term has \(least) letters: shorter ones are not heard")
        }
        let vocabulary = CustomVocabularyContext(terms: terms)
        let spotter = CtcKeywordSpotter(models: models, blankId: models.vocabulary.count)
        rescorer = try await VocabularyRescorer.create(
            spotter: spotter, vocabulary: vocabulary, ctcModelDirectory: folder)
        (self.vocabulary, self.spotter) = (vocabulary, spotter)
        settings = [
            "terms_as": "customVocabulary", "terms_given": .integer(terms.count),
            "terms_left_out": .integer(names.count - terms.count),
            "terms_model": "parakeet-ctc-110m", "termsComputeUnits": "cpuAndNeuralEngine",
        ]
    }

    /// Return a transcript of this audio with terms where they are heard, as the library's own
    /// managers ask for it. They go on without when it fails; here the clip fails.
    func heard(in audio: [Float], _ text: String, _ tokens: [TokenTiming]) async throws -> String {
        guard !tokens.isEmpty else { return text }
        let found = try await spotter.spotKeywordsWithLogProbs(
            audioSamples: audio, customVocabulary: vocabulary, minScore: nil)
        guard !found.logProbs.isEmpty else { return text }
        let usual = ContextBiasingConstants.rescorerConfig(forVocabSize: vocabulary.terms.count)
        let output = rescorer.ctcTokenRescore(
            transcript: text, tokenTimings: tokens, logProbs: found.logProbs,
            frameDuration: found.frameDuration, cbw: usual.cbw,
            marginSeconds: Self.marginSeconds,
            minSimilarity: max(usual.minSimilarity, vocabulary.minSimilarity))
        return output.wasModified ? output.text : text
    }
}

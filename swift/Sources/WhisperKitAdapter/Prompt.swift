import RunnerHost
import WhisperKit

/// Terms to listen for, as the decoder's prompt: as many of the first ones as it has room for.
struct Prompt {
    /// Half of the decoder's context, less the token that begins a prompt.
    private static let mostTokens = 223

    let tokens: [Int]?
    /// What `resolved` says of them.
    let settings: Settings

    /// Throws `Refusal.unsupported` where not even the first has room.
    init(_ terms: [String], by tokenizer: (any WhisperTokenizer)?) throws {
        guard !terms.isEmpty else {
            (tokens, settings) = (nil, [:])
            return
        }
        guard let tokenizer else { throw Refusal.badModel("the model came without a tokenizer") }
        let words = tokenizer.specialTokens.specialTokenBegin
        // A term and its comma are two tokens at least.
        var given = min(terms.count, Self.mostTokens / 2 + 1)
        var found: [Int] = []
        while given > 0 {
            let text = " " + terms.prefix(given).joined(separator: ", ")
            found = tokenizer.encode(text: text).filter { $0 < words }
            if found.count <= Self.mostTokens { break }
            given -= 1
        }
        guard given > 0 else {
            throw Refusal.unsupported("\(terms[0]) has more than \(Self.mostTokens) tokens")
        }
        tokens = found
        settings = [
            "terms_as": "promptTokens", "terms_given": .integer(given),
            "terms_left_out": .integer(terms.count - given),
        ]
    }
}

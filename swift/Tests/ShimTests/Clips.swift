import Foundation
import RunnerHost
import RunnerProtocol

/// Make a folder with these files, each of one byte, for one test.
func withFolder(
    _ files: [String], named name: String = "model", _ body: (String) async throws -> Void
) async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appendingPathComponent(name)
    for file in files {
        let place = folder.appendingPathComponent(file)
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data([1]).write(to: place)
    }
    try await body(folder.path)
}

/// Samples of one half, mapped from a file that is gone at once.
func samples(_ count: Int) throws -> Samples {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try [Float](repeating: 0.5, count: count).withUnsafeBytes { try Data($0).write(to: file) }
    return try Samples(path: file.path, samples: count)
}

func options(_ change: (inout Options) -> Void = { _ in }) -> Options {
    var options = Options()
    change(&options)
    return options
}

extension Refusal {
    /// Its kind and its words, to compare with.
    var said: String {
        switch self {
        case .unsupported(let message): "unsupported: \(message)"
        case .badModel(let message): "bad-model: \(message)"
        case .badAudio(let message): "bad-audio: \(message)"
        case .outOfMemory(let message): "out-of-memory: \(message)"
        }
    }
}

extension SpeechEngine {
    /// Load without anybody listening to progress.
    func load(_ model: String, _ options: Options) async throws -> Settings {
        try await load(model, options) { _, _ in }
    }
}

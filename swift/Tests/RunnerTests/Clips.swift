import Foundation
import Testing

@testable import RunnerHost

/// Make a folder with these files, each of one byte, and one more, for one test.
func withFolder(
    _ files: [String] = [], named name: String = "model", _ body: (String) async throws -> Void
) async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appendingPathComponent(name)
    for place in (files + ["made"]).map(folder.appendingPathComponent) {
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data([1]).write(to: place)
    }
    try await body(folder.path)
}

/// Write samples as the orchestrator does; return the file's path.
func write(_ samples: [Float], in folder: String) throws -> String {
    let path = "\(folder)/clip.f32"
    try samples.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
    return path
}

/// Samples of one half, mapped from a file that is gone at once; `broken` makes one no number.
func samples(_ count: Int, broken: Int? = nil) async throws -> Samples {
    var mapped: Samples?
    try await withFolder { folder in
        let path = try write([Float](repeating: 0.5, count: count), in: folder)
        mapped = try Samples(path: path, samples: count)
    }
    let samples = try #require(mapped)
    if let broken { samples.buffer[broken] = .nan }
    return samples
}

func options(_ extra: Settings = [:], _ change: (inout Options) -> Void = { _ in }) -> Options {
    var options = Options()
    options.extra = extra
    change(&options)
    return options
}

extension SpeechEngine {
    /// Load without anybody listening to progress.
    func load(_ model: String, _ options: Options = options()) async throws -> Settings {
        try await load(model, options) { _, _ in }
    }

    /// Expect that a load is refused in these words, its kind before them.
    func expectRefusal(
        of options: Options, in folder: String, _ why: String,
        at place: SourceLocation = #_sourceLocation
    ) async {
        let refusal = await #expect(throws: Refusal.self, sourceLocation: place) {
            try await load(folder, options)
        }
        let said = refusal.map { "\($0.kind.rawValue): \($0.message)" } ?? ""
        #expect(said.hasPrefix(why), sourceLocation: place)
    }
}

/// Expect that settings have at least these values.
func expect(
    _ resolved: Settings, has wanted: Settings, at place: SourceLocation = #_sourceLocation
) {
    #expect(resolved.filter { wanted.keys.contains($0.key) } == wanted, sourceLocation: place)
}

/// What a listener shows, in its order.
final class Screen: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [Shown] = []

    var show: Show { { shown in self.lock.withLock { self.kept.append(shown) } } }
    var shown: [Shown] { lock.withLock { kept } }
}

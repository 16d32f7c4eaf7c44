import Foundation
import Testing

@testable import RunnerHost

@Suite("Samples handed over by path")
struct SamplesTests {
    @Test("What is mapped is what was written, and writing on it leaves the file alone")
    func privateCopy() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/clip.f32"
            let written: [Float] = [0.5, -1, .leastNonzeroMagnitude]
            try written.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
            let samples = try Samples(path: path, samples: 3)
            #expect(samples.array == written)
            samples.buffer.update(repeating: 0)
            #expect(try Samples(path: path, samples: 3).array == written)
        }
    }

    @Test(
        "No samples, another length and no file are the clip's fault",
        arguments: [
            (0, 0, "is empty: 0 samples"), (4, -1, "is empty: 0 samples"),
            (0, 1, "has 0 bytes, 1 samples need 4"),
            (5, 1, "has 5 bytes, 1 samples need 4"), (8, Int.max, "has 8 bytes"),
            (nil, 1, "No such file"),
        ] as [(Int?, Int, String)])
    func refusals(_ bytes: Int?, _ samples: Int, _ why: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/clip.f32"
            if let bytes { try Data(count: bytes).write(to: URL(fileURLWithPath: path)) }
            let refusal = #expect(throws: Refusal.self) {
                try Samples(path: path, samples: samples)
            }
            let (kind, message) = try #require(refusal).answer
            #expect(kind == .badAudio)
            #expect(message.contains(path) && message.contains(why))
        }
    }
}

/// Make a folder for one test, and remove it.
func withTemporaryFolder(_ body: (String) async throws -> Void) async rethrows {
    let folder = makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}

private func makeFolder() -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

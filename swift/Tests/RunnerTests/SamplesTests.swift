import Foundation
import Testing

@testable import RunnerHost

@Suite("Samples handed over by path")
struct SamplesTests {
    @Test("What is mapped is what was written, and writing on it leaves the file alone")
    func privateCopy() async throws {
        try await withFolder { folder in
            let written: [Float] = [0.5, -1, .leastNonzeroMagnitude]
            let path = try write(written, in: folder)
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
        try await withFolder { folder in
            let path = folder + "/clip.f32"
            if let bytes { try Data(count: bytes).write(to: URL(fileURLWithPath: path)) }
            let refusal = #expect(throws: Refusal.self) {
                try Samples(path: path, samples: samples)
            }
            let message = try #require(refusal).message
            #expect(refusal?.kind == .badAudio && message.contains(path) && message.contains(why))
        }
    }
}

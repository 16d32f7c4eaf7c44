import Foundation

/// Raw float32 samples, mono, 16 kHz, mapped copy-on-write: a library may scribble on them.
public final class Samples: @unchecked Sendable {
    public static let rate = 16_000

    /// Shape (samples,); valid as long as this object lives.
    public let buffer: UnsafeMutableBufferPointer<Float>

    private static let bytesEach = MemoryLayout<Float>.size

    /// Map a file of exactly `samples` little-endian floats.
    ///
    /// Throws `Refusal.badAudio` for a file that is missing, empty or of another length.
    public init(path: String, samples: Int) throws {
        guard samples > 0 else { throw Refusal.badAudio("\(path) is empty: 0 samples") }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.refusal(path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.refusal(path) }
        let (needed, overflow) = samples.multipliedReportingOverflow(by: Self.bytesEach)
        guard !overflow, Int(status.st_size) == needed else {
            let lengths = "has \(status.st_size) bytes, \(samples) samples need \(needed)"
            throw Refusal.badAudio("\(path) \(lengths)")
        }
        let mapped = mmap(nil, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0)
        guard let mapped, mapped != MAP_FAILED else { throw Self.refusal(path) }
        buffer = UnsafeMutableBufferPointer(
            start: mapped.bindMemory(to: Float.self, capacity: samples), count: samples)
    }

    deinit { munmap(buffer.baseAddress, buffer.count * Self.bytesEach) }

    public var count: Int { buffer.count }
    public var seconds: Double { Double(count) / Double(Self.rate) }

    /// A copy as the vendors' calls want it.
    public var array: [Float] { Array(buffer) }

    private static func refusal(_ path: String) -> Refusal {
        Refusal.badAudio("\(path): \(String(cString: strerror(errno)))")
    }
}

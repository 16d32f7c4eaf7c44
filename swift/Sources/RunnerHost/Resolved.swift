import RunnerProtocol

extension Settings {
    /// How long audio is taken apart, under names that are the same for every backend.
    ///
    /// `way` says where a chunk of so many seconds begins: "timestamps" (where the engine's last
    /// whole segment ended), "fixed" (where the chunk before ended), "overlapping" (earlier than
    /// that, the texts are merged) or "whole" (audio is not taken apart).
    public static func chunking(
        _ way: String, seconds: Double?, overlap: Double = 0, atOnce: Int = 1
    ) -> Settings {
        [
            "chunking": .string(way), "chunk_seconds": seconds.map(Scalar.number) ?? .null,
            "overlap_seconds": .number(overlap), "chunks_at_once": .integer(atOnce),
        ]
    }
}

extension Options {
    /// Refuse a precision: CoreML's weights are compiled, their precision is the model's.
    public func refusePrecision() throws {
        if let precision {
            throw Refusal.unsupported(
                "CoreML runs weights as compiled, not as \(precision): choose another model"
            )
        }
    }

    /// One of three words for the device; `auto`, `cpu` and `gpu` are all the wire knows.
    public func choose<Units>(auto: Units, cpu: Units, gpu: Units) throws -> Units {
        switch device {
        case "auto": return auto
        case "cpu": return cpu
        case "gpu": return gpu
        default: throw Refusal.unsupported("no device \(device); there are: auto, cpu, gpu")
        }
    }
}
